"""One home from the first file to a rollback, by commands in the order of a real session."""

from __future__ import annotations

import csv
from getpass import getuser
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
    counts = ("accepted", "rejected", "labelled")
    assert set(done.json) == {"file", "file_id", "state", *counts, "reasons", "warnings"}
    assert (done.json["state"], [done.json[name] for name in counts]) == ("done", [891, 0, 891])
    assert (done.json["reasons"], done.json["warnings"]) == ({}, [])


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
    detail = held.json["error"]["detail"]
    assert "30 of 90 rows are rejected, at most 18 may be; nothing is loaded." in detail
    fault = "Embarked is 'X' in 30 of 90 rows (first: row 1); must be one of C, Q, S."
    assert f"{fault} `titanic-mlops held release" in detail
    assert held.json["reasons"] == {"Embarked:category": 30}
    (listed,) = run("held", "list", "--json").json
    assert listed["reasons"] == {"Embarked:category": 30}

    assert run("held", "release", "").status == run("held", "discard", "").status == 1
    released = run("held", "release", listed["file_id"][:8])
    assert released.status == 0
    assert "60 rows accepted, 30 rejected" in released.out
    assert "No file is held." in run("held", "list").out
    assert f"decision was made by {getuser()}" in run("files", "show", listed["file_id"]).out

    worse = run("ingest", write(tmp_path / "worse.csv", bad[1:]), "--json").json
    assert run("held", "discard", worse["file_id"]).status == 0
    shown = run("files", "show", worse["file_id"], "--json").json
    assert (shown["state"], shown["decided_by"]) == ("quarantined", getuser())
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
    later = {row["PassengerId"] for row in training[300:]}
    early = write(tmp_path / "early.csv", [r for r in rows if r["PassengerId"] not in later])
    assert run("ingest", early, at=home).status == 0
    assert "Version 2 replaces version 1" in run("ingest", TABLE, at=home).out

    back = ("models", "rollback", "--from", "2", "--why", "odd answers", "--json")
    rolled = run(*back, at=home).json
    repeated = run(*back, at=home)
    assert (repeated.status, "Version 1 serves, not version 2" in repeated.out) == (1, True)
    assert (rolled["version"], rolled["barred"]) == (1, [2])
    assert rolled["history"][-1]["why"] == "odd answers"
    assert rolled["history"][-1]["by"]
    assert "barred" in run("models", "list", at=home).out
    assert "after version 2, which it bars," in run("models", "history", at=home).out
    barred = run("train", at=home)
    assert (barred.status, barred.out) == (1, "")
    assert "was rolled back" in barred.err

    promoted = run("models", "promote", "2", "--why", "all is well", "--json", at=home).json
    assert (promoted["version"], promoted["barred"]) == (2, [])
    older = run("models", "promote", "1", "--why", "back", "--json", at=home).json
    assert (older["version"], older["history"][-1]["expected"]) == (1, 2)
    assert (older["barred"], older["history"][-1]["bars"]) == ([2], 2)
    same = run("models", "promote", "1", "--why", "again", at=home)
    assert (same.status, "already serves" in same.err) == (1, True)
    unknown = run("models", "promote", "9", "--why", "more", at=home)
    assert (unknown.status, "has no version 9" in unknown.err) == (1, True)


def test_history_shows_every_move_with_author_and_reason(run: Command, champion_home: Path) -> None:
    (move,) = run("models", "history", "--json", at=champion_home).json
    assert (move["verb"], move["version"], move["by"]) == ("promote", 1, "the gate")
    assert (move["expected"], move["anchor"]) == (0, 1)
    shown = run("models", "history", at=champion_home).out
    assert "the gate" in shown
    assert "becomes the first champion" in shown


def test_versions_are_listed_on_the_champions_holdout(run: Command, champion_home: Path) -> None:
    (version,) = run("models", "list", "--json", at=champion_home).json
    assert version["champion_holdout"]["auc"] == version["metrics"]["TEST"]["auc"]
    assert version["verdict"].startswith("Version 1 becomes the first champion")
    assert version["damaged"] is None
    assert "Figures on the 198 rows" in run("models", "list", at=champion_home).out


def test_a_damaged_card_is_named_and_its_version_listed(run: Command, champion_home: Path) -> None:
    (champion_home / "storage/models/titanic/versions/1/card.json").write_bytes(b"{}")
    (version,) = run("models", "list", "--json", at=champion_home).json
    assert (version["version"], version["champion"], version["metrics"]) == (1, True, None)
    assert "Version 1 has no readable card" in version["damaged"]
    shown = run("models", "list", at=champion_home).out
    assert "Version 1 has no readable card" in shown
    assert "★" in shown
    assert "No version yet" not in shown


def test_damage_is_said_before_there_is_a_version(run: Command, tmp_path: Path) -> None:
    home = tmp_path / "home"
    moves = home / "storage/models/titanic/moves"
    moves.mkdir(parents=True)
    (moves / "1.json").write_bytes(b"torn")
    shown = run("models", "list", at=home).out
    assert shown.index("moves/1.json is not readable") < shown.index("No version yet")


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


def test_a_torn_move_stops_neither_training_nor_a_person(
    run: Command, rows: list[dict[str, str]], tmp_path: Path, champion_home: Path
) -> None:
    home = champion_home
    (home / "storage/models/titanic/moves/1.json").write_bytes(b"{}")
    done = run("ingest", write(tmp_path / "more.csv", [{**rows[0], "Age": "44"}]), at=home)
    assert "moves/1.json is not readable" in done.out
    assert "a person decides" in done.out
    assert run("models", "promote", "1", "--why", "it served", at=home).status == 0
    assert run("predict", REQUEST, "--json", at=home).json["model_version"] == 1


def test_a_held_file_uploaded_again_is_refused(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    odd = [{**row, "Sex": "x"} if i % 2 else row for i, row in enumerate(rows[:40])]
    bad = write(tmp_path / "held.csv", odd)
    assert run("ingest", bad).status == 1
    again = run("ingest", bad)
    assert again.status == 1
    assert "held release" in again.err


def test_no_release_is_offered_where_no_row_is_accepted(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    bad = write(tmp_path / "none.csv", [{**row, "Sex": "M"} for row in rows[:40]])
    held = run("ingest", bad)
    assert held.status == 1
    assert "Sex is 'M' in 40 of 40 rows (first: row 1); must be one of female, male." in held.err
    assert "Correct the file and upload it again" in held.err
    assert "held release" not in held.err
    listed = run("held", "list", "--json").json
    refused = run("held", "release", next(e["file_id"] for e in listed if "none" in e["file"]))
    assert (refused.status, "correct the file and upload it again" in refused.err) == (1, True)


def test_a_misspelt_target_is_refused_with_a_guess(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    typo = [{name.replace("Surv", "Sur"): value for name, value in row.items()} for row in rows[:9]]
    held = run("ingest", write(tmp_path / "typo.csv", typo), "--json")
    assert (held.status, held.json["state"]) == (1, "held")
    assert "did you mean Survived by 'Surived'?" in held.json["error"]["detail"]


def test_a_file_without_labels_is_loaded_with_a_warning(
    run: Command, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    path = write(tmp_path / "new.csv", [{**row, "Survived": ""} for row in rows[:7]])
    done = run("ingest", path, "--json")
    assert (done.status, done.json["labelled"]) == (0, 0)
    assert "0 of 7 rows are labelled: Survived is empty" in done.json["warnings"]
