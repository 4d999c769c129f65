"""A laptop pins its rows, another home trains from the pin, and a warehouse's rows are ingested."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from tests.cli.commands import Run, run_here, run_process
from tests.cli.conftest import TABLE
from titanic_mlops.settings import EXTRACT, HOME, PINNED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the working directory: a checkout that a pin is committed to."""
    made = tmp_path / "checkout"
    made.mkdir()
    return made


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    return {HOME: str(tmp_path / "production"), PINNED: "titanic"}


def pinned(champion_home: Path, folder: Path) -> dict[str, object]:
    made = run_here(["data", "pin", "--json"], {HOME: str(champion_home)}, cwd=folder)
    assert made.status == 0, made.err
    document: dict[str, object] = made.json
    return document


def refused(words: list[str], env: Mapping[str, str], folder: Path) -> str:
    """Run a command that must end with one sentence and exit status 1; return the sentence."""
    done = run_here([*words, "--json"], env, cwd=folder)
    assert done.status == 1, done.out
    sentence: str = done.json["error"]["detail"]
    assert "\n" not in sentence
    return sentence


def test_another_home_trains_the_same_model_from_a_pin(
    champion_home: Path, folder: Path, production: dict[str, str]
) -> None:
    made = pinned(champion_home, folder)
    assert made["file"] == "data/titanic.json"
    written = json.loads((folder / "data" / "titanic.json").read_text())
    assert written == {name: made[name] for name in ("problem", "rows", "sha256", "uri")}

    assert "data pull" in refused(["train"], production, folder)
    assert run_here(["data", "pull", "--json"], production, cwd=folder).json["pulled"] is True
    assert run_here(["data", "pull", "--json"], production, cwd=folder).json["pulled"] is False
    dry = run_here(["train", "--dry-run"], production, cwd=folder)
    assert (dry.status, "nothing has changed" in dry.out) == (0, True)
    trained = run_here(["train", "--json"], production, cwd=folder)
    assert (trained.status, trained.json["promoted"]) == (0, True), trained.err

    ingested = run_here(["ingest", TABLE], production, cwd=folder)
    assert ingested.status == 0, ingested.err
    assert "Pinned: no training follows a file here" in ingested.out
    assert len(run_here(["models", "list", "--json"], production, cwd=folder).json) == 1

    again = run_here(["models", "reproduce", "1", "--json"], production, cwd=folder)
    assert (again.status, again.json["reproduced"]) == (0, True)
    assert again.json["snapshot"] == made["sha256"]


def test_a_pull_as_a_process_of_its_own(
    champion_home: Path, folder: Path, production: dict[str, str]
) -> None:
    """A thread that outlives the interpreter would abort it."""
    pinned(champion_home, folder)
    for _ in range(3):
        done = run_process(["data", "pull"], production, cwd=folder)
        assert (done.status, done.err) == (0, "Pulling the snapshot …\n")


def test_a_named_snapshot_trains_without_the_setting(champion_home: Path, folder: Path) -> None:
    made, env = pinned(champion_home, folder), {HOME: str(champion_home)}
    done = run_here(["train", "--snapshot", str(made["sha256"])], env, cwd=folder)
    assert (done.status, "already serves" in done.out) == (0, True), done.err
    assert "64 hexadecimal" in refused(["train", "--snapshot", "abc"], env, folder)
    assert "data pull" in refused(["train", "--snapshot", "0" * 64], env, folder)


def test_faults_of_a_pin_are_one_sentence_each(
    champion_home: Path, folder: Path, production: dict[str, str]
) -> None:
    for command in (["data", "pull"], ["train"]):
        assert "There is no data/titanic.json in " in refused(command, production, folder)
    pinned(champion_home, folder)
    file = folder / "data" / "titanic.json"
    good = json.loads(file.read_text())
    faults = {
        "is not JSON": "{",
        "pins a snapshot of 'diamonds'": json.dumps({**good, "problem": "diamonds"}),
        "which the pin names, is not there": json.dumps({**good, "uri": "/nowhere/at/all"}),
        "cannot be read: Is a directory": json.dumps({**good, "uri": str(folder)}),
        "neither a path of this machine nor": json.dumps({**good, "uri": "http://a/b"}),
        "names no object": json.dumps({**good, "uri": "gs://bucket"}),
        "its sha256 is": json.dumps({**good, "sha256": "0" * 64}),
        "and the pin says 5": json.dumps({**good, "rows": 5}),
    }
    for told, text in faults.items():
        file.write_text(text)
        assert told in refused(["data", "pull"], production, folder)
    file.unlink()
    file.mkdir()
    assert "Is a directory" in refused(["data", "pull"], production, folder)


def test_without_a_network_a_bucket_is_one_sentence(
    folder: Path, production: dict[str, str]
) -> None:
    (folder / "data").mkdir()
    pin = {"problem": "titanic", "rows": 1, "sha256": "0" * 64, "uri": "gs://bucket/key"}
    (folder / "data" / "titanic.json").write_text(json.dumps(pin))
    env = {**production, "STORAGE_EMULATOR_HOST": "http://127.0.0.1:9"}
    assert "127.0.0.1:9" in refused(["data", "pull"], env, folder)


def test_a_misspelt_problem_is_not_left_unpinned(champion_home: Path, folder: Path) -> None:
    env = {HOME: str(champion_home), PINNED: "titanik"}
    assert "PINNED_PROBLEMS lists 'titanik'" in refused(["train"], env, folder)


def test_what_differs_ends_reproduce_with_one(champion_home: Path, folder: Path) -> None:
    env = {HOME: str(champion_home)}
    assert "has no version 9" in refused(["models", "reproduce", "9"], env, folder)
    shutil.rmtree(champion_home / "storage" / "snapshots")
    assert "its data is gone" in refused(["models", "reproduce", "1"], env, folder)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "sales.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(f"CREATE TABLE people AS SELECT * FROM read_csv('{TABLE}')")
    return path


def ask(sql: str, home: Path, warehouse: Path | str, *more: str) -> Run:
    env = {HOME: str(home), EXTRACT: str(warehouse)}
    return run_here(["ingest", "--query", sql, *more, "--json"], env)


def test_rows_of_a_warehouse_train_a_model(tmp_path: Path, warehouse: Path) -> None:
    before = warehouse.read_bytes()
    done = ask("SELECT * FROM people", tmp_path / "home", warehouse)
    assert done.status == 0, done.out + done.err
    assert (done.json["state"], done.json["accepted"]) == ("done", 891)
    assert done.json["file"].startswith("titanic/extracted/people-")
    assert done.json["extraction"]["query"] == "SELECT * FROM people"
    again = ask("SELECT * FROM people", tmp_path / "home", warehouse, "--table", "again")
    assert (again.json["state"], again.json["extraction"]["table"]) == ("duplicate", "again")
    assert warehouse.read_bytes() == before
    assert [one.name for one in warehouse.parent.glob("sales*")] == ["sales.duckdb"]


def test_extracted_rows_pass_the_checks_of_any_file(tmp_path: Path, warehouse: Path) -> None:
    sql = "SELECT * EXCEPT (Age), 130 AS Age FROM people"
    done = ask(sql, tmp_path / "home", warehouse)
    assert (done.status, done.json["state"]) == (1, "held")


def test_faults_of_an_extraction_are_one_sentence_each(tmp_path: Path, warehouse: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other.duckdb"
    other.write_text("a,b\n1,2\n")
    faults: list[tuple[str, Path | str, str]] = [
        ("SELECT * FROM people", "", "EXTRACT_FROM is not set"),
        ("SELECT * FROM people", tmp_path / "none", "which is no file"),
        ("SELECT * FROM people", other, "is not a DuckDB file"),
        ("SELECT * FROM nowhere", warehouse, "nowhere does not exist"),
        ("SELECT Pclass FROM people", warehouse, "The query lacks PassengerId"),
        ("SELECT * FROM people LIMIT 0", warehouse, "gives no row"),
        ("DELETE FROM people", warehouse, "DELETE"),
        ("SELECT * FROM read_csv('/etc/passwd')", warehouse, "SQL: "),
        ("SELECT * EXCEPT (Age), CAST('NaN' AS FLOAT64) AS Age FROM people", warehouse, "in Age"),
    ]
    for sql, source, told in faults:
        done = ask(sql, home, source)
        assert done.status == 1, sql
        assert told in done.json["error"]["detail"], sql
        assert "\n" not in done.json["error"]["detail"]
    assert not list((home / "landing").rglob("*.csv"))


def test_a_file_or_a_query_is_named(tmp_path: Path, warehouse: Path) -> None:
    env = {HOME: str(tmp_path / "home"), EXTRACT: str(warehouse)}
    for words in ([], [str(TABLE), "--query", "SELECT 1"], [str(TABLE), "--table", "x"]):
        assert run_here(["ingest", *words], env).status == 2
