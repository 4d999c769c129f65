"""One home from the first file to a rollback, by commands in the order of a real session."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import TABLE, Command
from titanic_mlops.rules.split import TRAIN, split_of

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
def _first_champion(run_process: Command) -> None:
    done = run_process("ingest", TABLE, "--json")
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


def test_the_same_file_again_is_a_duplicate_with_status_0(run: Command) -> None:
    again = run("ingest", TABLE)
    assert again.status == 0
    assert "duplicate, 0 rows" in again.out


def test_predict_prints_the_body_of_the_post(run: Command) -> None:
    body = run("predict", REQUEST, "--json").json
    assert set(body) == {"prediction", "probability", "uuid", "model_version"}
    assert body["prediction"] == 1
    explained = run("predict", "-", "--json", "--explain", stdin=REQUEST).json
    total = explained["baseline"] + sum(explained["contributions"].values())
    assert total == pytest.approx(explained["score"], abs=1e-12)
    assert explained["probability"] == body["probability"]


def test_predict_without_json_shows_contributions_as_bars(run: Command) -> None:
    out = run("predict", REQUEST).out
    assert "Survived = 1 (survived), p = 0." in out
    assert "Sex" in out
    assert "█" in out


def test_predict_names_every_faulty_field(run: Command) -> None:
    faulty = '{"Pclass": 4, "Sex": "f", "Age": 200, "SibSp": 0, "Parch": 0}'
    done = run("predict", faulty)
    assert (done.status, done.out) == (1, "")
    for words in (
        "Pclass is 4, must be a whole number from 1 to 3",
        "Sex is 'f', must be one of female, male",
        "Age is 200, must be a number from 0 to 120 years",
    ):
        assert words in done.err


def test_a_refusal_with_json_is_a_document(run: Command) -> None:
    done = run("predict", "{", "--json")
    assert done.status == 1
    assert set(done.json["error"]) == {"title", "detail"}


def test_rejected_rows_are_shown_with_their_reasons(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    spoiled = [{**rows[0], "PassengerId": "3000", "Fare": "250000"}]
    done = run("ingest", write(tmp_path / "few.csv", rows[:200] + spoiled))
    assert done.status == 0
    assert "200 rows accepted, 1 rejected" in done.out
    assert "Fare: range" in done.out


def test_a_held_file_is_listed_released_and_discarded(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    bad = [{**row, "Embarked": "X"} if i % 3 == 0 else row for i, row in enumerate(rows[:90])]
    held = run("ingest", write(tmp_path / "bad.csv", bad), "--json")
    assert (held.status, held.json["state"]) == (1, "held")
    assert "30 of 90 rows (33%) are rejected" in held.json["error"]["detail"]
    (listed,) = run("held", "list", "--json").json
    assert listed["reasons"] == {"Embarked:category": 30}

    assert run("held", "release", "").status == run("held", "discard", "").status == 1
    released = run("held", "release", listed["file_id"][:8])
    assert released.status == 0
    assert "60 rows accepted, 30 rejected" in released.out
    assert "No file is held." in run("held", "list").out

    worse = run("ingest", write(tmp_path / "worse.csv", bad[1:]), "--json").json
    assert run("held", "discard", worse["file_id"]).status == 0
    unknown = run("held", "discard", worse["file_id"])
    assert (unknown.status, "No held file" in unknown.err) == (1, True)


def test_the_next_ingest_loads_a_file_landed_with_no_wait(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    later = write(tmp_path / "later.csv", [{**rows[5], "Age": "33"}])
    landed = run("ingest", later, "--no-wait", "--json").json
    assert landed["state"] == "received"
    run("ingest", write(tmp_path / "next.csv", [{**rows[6], "Age": "34"}]))
    assert run("ingest", later).out.count("duplicate") == 1


def test_train_prints_the_verdict(run: Command) -> None:
    document = run("train", "--json").json
    assert set(document) - {"error"} == {"version", "promoted", "verdict"}
    assert document["verdict"]["sentence"]
    again = run("train")
    assert "Version" in again.out + again.err


def test_promote_and_rollback_record_person_and_reason(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    training = [row for row in rows if split_of("titanic", row["Ticket"]) == TRAIN]
    later = {row["PassengerId"] for row in training[100:]}
    early = write(tmp_path / "early.csv", [r for r in rows if r["PassengerId"] not in later])
    assert run("ingest", early, at=home).status == 0
    assert "Version 2 replaces version 1" in run("ingest", TABLE, at=home).out

    rolled = run("models", "rollback", "--why", "odd answers", "--json", at=home).json
    assert (rolled["version"], rolled["barred"]) == (1, [2])
    assert rolled["history"][-1]["why"] == "odd answers"
    assert rolled["history"][-1]["by"]
    assert "rolled back" in run("models", "list", at=home).out
    barred = run("train", at=home)
    assert (barred.status, barred.out) == (1, "")
    assert "was rolled back" in barred.err

    promoted = run("models", "promote", "2", "--why", "all is well", "--json", at=home).json
    assert (promoted["version"], promoted["barred"]) == (2, [])
    lower = run("models", "promote", "1", "--why", "back", at=home)
    assert (lower.status, "use a rollback" in lower.err) == (1, True)
    unknown = run("models", "promote", "9", "--why", "more", at=home)
    assert (unknown.status, "has no version 9" in unknown.err) == (1, True)


def test_different_bytes_of_a_known_name_get_a_new_name(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    home = tmp_path / "home"
    first = write(tmp_path / "one" / "day.csv", rows[:30])
    second = write(tmp_path / "two" / "day.csv", rows[30:70])
    run("ingest", first, "--no-wait", at=home)
    run("ingest", second, "--no-wait", at=home)
    third = run("ingest", write(tmp_path / "three.csv", rows[70:75]), "--json", at=home)

    assert third.status == 0, third
    assert (home / "landing/titanic/day.csv").read_bytes() == first.read_bytes()
    assert (home / "landing/titanic/day-2.csv").read_bytes() == second.read_bytes()
    with duckdb.connect(str(home / "titanic.duckdb"), read_only=True) as tables:
        assert tables.execute("SELECT count(*) FROM training_data").fetchall() == [(75,)]


def test_a_training_on_a_damaged_champion_can_be_replayed(
    run: Command, rows: list[dict[str, str]], tmp_path: Path, champion_home: Path
) -> None:
    home = champion_home
    champion = home / "storage/models/titanic/champion.json"
    good = champion.read_bytes()
    champion.write_bytes(b"{}")
    stuck = run("ingest", write(tmp_path / "stuck.csv", [{**rows[0], "Age": "44"}]), at=home)
    assert (stuck.status, "champion.json is not readable" in stuck.err) == (1, True)

    champion.write_bytes(good)
    assert run("ingest", write(tmp_path / "next.csv", rows[1:3]), at=home).status == 0
    (letter,) = run("dead", "list", "--json", at=home).json
    assert "champion.json is not readable" in letter["reason"]
    assert run("dead", "replay", letter["id"], at=home).status == 0
    with duckdb.connect(str(home / "titanic.duckdb"), read_only=True) as tables:
        done = tables.execute("SELECT count(*) FROM ingestions WHERE state = 'done'").fetchall()
    assert done == [(3,)]


def test_a_held_file_uploaded_again_is_refused(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    bad = write(tmp_path / "held.csv", [{**row, "Sex": "?"} for row in rows[:40]])
    assert run("ingest", bad).status == 1
    again = run("ingest", bad)
    assert again.status == 1
    assert "held release" in again.err
