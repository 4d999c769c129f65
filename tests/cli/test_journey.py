"""One home, from the first file to a rollback, by the commands a person types, in order."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import TABLE, Command

REQUEST = '{"Pclass": "2", "Sex": "female", "Age": 14, "SibSp": 1, "Parch": 0, "Fare": 30.07}'


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module", autouse=True)
def _first_champion(run: Command) -> None:
    done = run("ingest", TABLE, "--json")
    assert done.status == 0, done.err
    assert set(done.json) == {"file", "file_id", "state", "accepted", "rejected"}
    assert (done.json["state"], done.json["accepted"], done.json["rejected"]) == ("done", 891, 0)


def test_the_first_version_is_listed_as_champion(run: Command) -> None:
    (version,) = run("models", "list", "--json").json
    assert (version["version"], version["champion"]) == (1, True)
    assert version["metrics"]["TEST"]["auc"] > 0.8
    assert "★" in run("models", "list").out


def test_show_prints_figures_verdict_and_checks(run: Command) -> None:
    shown = run("models", "show", "1")
    assert "becomes the first champion" in shown.out
    assert "whole: AUC floor" in shown.out
    assert run("models", "show", "1", "--json").json["snapshot"]["rows"] == 891


def test_the_same_file_again_is_a_duplicate_and_no_fault(run: Command) -> None:
    again = run("ingest", TABLE)
    assert again.status == 0
    assert "duplicate, 0 rows" in again.out


def test_a_prediction_is_the_body_of_the_post(run: Command) -> None:
    body = run("predict", REQUEST, "--json").json
    assert set(body) == {"prediction", "probability", "uuid", "model_version"}
    assert body["prediction"] == 1
    explained = run("predict", "-", "--json", "--explain", stdin=REQUEST).json
    total = explained["baseline"] + sum(explained["contributions"].values())
    assert total == pytest.approx(explained["score"], abs=1e-12)
    assert explained["probability"] == body["probability"]


def test_a_prediction_for_a_person_shows_bars(run: Command) -> None:
    out = run("predict", REQUEST).out
    assert "Survived = 1 (survived), p = 0." in out
    assert "Sex" in out
    assert "█" in out


def test_a_prediction_with_three_faulty_fields_names_all_three(run: Command) -> None:
    faulty = '{"Pclass": 4, "Sex": "f", "Age": 200, "SibSp": 0, "Parch": 0}'
    done = run("predict", faulty)
    assert (done.status, done.out) == (1, "")
    for words in (
        "Pclass is 4, must be a whole number from 1 to 3",
        "Sex is 'f', must be one of female, male",
        "Age is 200, must be a number from 0 to 120 years",
    ):
        assert words in done.err


def test_a_refusal_is_a_json_document_where_that_was_asked_for(run: Command) -> None:
    done = run("predict", "{", "--json")
    assert done.status == 1
    assert set(done.json["error"]) == {"title", "detail"}


def test_refused_rows_are_shown_with_their_reasons(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    spoiled = [{**rows[0], "PassengerId": "3000", "Fare": "250000"}]
    done = run("ingest", write(tmp_path / "few.csv", rows[:200] + spoiled))
    assert done.status == 0
    assert "200 rows accepted, 1 refused" in done.out
    assert "Fare: range" in done.out


def test_a_held_file_is_listed_released_and_discarded(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    bad = [{**row, "Embarked": "X"} if i % 3 == 0 else row for i, row in enumerate(rows[:90])]
    held = run("ingest", write(tmp_path / "bad.csv", bad), "--json")
    assert (held.status, held.json["state"]) == (1, "held")
    assert "30 of 90 rows (33%) are refused" in held.json["error"]["detail"]
    (listed,) = run("held", "list", "--json").json
    assert listed["reasons"] == {"Embarked:category": 30}

    released = run("held", "release", listed["file_id"][:8])
    assert released.status == 0
    assert "60 rows accepted, 30 refused" in released.out
    assert "No file is held." in run("held", "list").out

    worse = run("ingest", write(tmp_path / "worse.csv", bad[1:]), "--json").json
    assert run("held", "discard", worse["file_id"]).status == 0
    unknown = run("held", "discard", worse["file_id"])
    assert (unknown.status, "No held file" in unknown.err) == (1, True)


def test_a_file_landed_without_waiting_is_seen_through_by_the_next_command(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    later = write(tmp_path / "later.csv", [{**rows[5], "Age": "33"}])
    landed = run("ingest", later, "--no-wait", "--json").json
    assert landed["state"] == "received"
    run("ingest", write(tmp_path / "next.csv", [{**rows[6], "Age": "34"}]))
    assert run("ingest", later).out.count("duplicate") == 1


def test_train_says_what_the_gate_said(run: Command) -> None:
    document = run("train", "--json").json
    assert set(document) == {"version", "promoted", "verdict"}
    assert document["verdict"]["sentence"]
    assert "Version" in run("train").out


def test_promote_and_rollback_keep_who_and_why(run: Command, home: Path) -> None:
    versions = [v["version"] for v in run("models", "list", "--json").json]
    champion = next(v for v in run("models", "list", "--json").json if v["champion"])["version"]
    unknown = run("models", "promote", str(max(versions) + 1), "--why", "a test")
    assert (unknown.status, "has no version" in unknown.err) == (1, True)

    if champion < max(versions):
        promoted = run("models", "promote", str(max(versions)), "--why", "a test", "--json").json
        assert promoted["history"][-1]["why"] == "a test"
        assert promoted["history"][-1]["by"]
    rolled = run("models", "rollback", "--why", "odd answers", "--json")
    if rolled.status == 0:
        assert rolled.json["barred"]
        stored = json.loads((home / "storage/models/titanic/champion.json").read_text())
        assert stored["why"] == "odd answers"
    lower = run("models", "promote", "1", "--why", "back")
    assert (lower.status, "rollback" in lower.err) in {(1, True), (0, False)}
