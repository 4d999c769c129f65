"""`check` and `train --dry-run`: they say what would come of it, and nothing is stored."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import TABLE, Command

Rows = list[dict[str, str]]
BOOKKEEPING = (".lock", "-wal", "-shm", ".generations.sqlite")


@pytest.fixture(scope="module")
def home(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(trained, tmp_path_factory.mktemp("checking") / "home"))


@pytest.fixture
def rows() -> Rows:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[Rows], Path]:
    def write(rows: Rows) -> Path:
        path = tmp_path / "new.csv"
        with path.open("w", newline="", encoding="utf-8") as target:
            writer = csv.DictWriter(target, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


@pytest.fixture
def unchanged(home: Path) -> Iterator[None]:
    """Fail if an object, a message or a row has come or gone."""
    before = _stored(home)
    yield
    assert _stored(home) == before


def _stored(home: Path) -> dict[str, bytes]:
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and not path.name.endswith(BOOKKEEPING) and path.suffix != ".duckdb"
    }


@pytest.mark.usefixtures("unchanged")
def test_new_rows_would_be_loaded(run: Command, rows: Rows, file: Callable[[Rows], Path]) -> None:
    rows[0]["PassengerId"], rows[1]["Sex"] = "5000", "M"
    done = run("check", file(rows[:30]), "--json")
    found = done.json
    assert (done.status, found["state"], found["reason"]) == (0, "done", "")
    assert (found["accepted"], found["rejected"], found["labelled"]) == (29, 1, 29)
    (faulty,) = found["first_rejected"]
    assert (faulty["row_number"], faulty["faults"][0]["rule"]) == (2, "category")
    assert run("sql", "SELECT COUNT(*) AS n FROM accepted_rows", "--json").json == [{"n": 891}]
    shown = run("check", file(rows[:30])).out
    assert "29 rows would be accepted, 1 rejected" in shown
    assert "row 2      Sex is 'M', must be one of female, male" in shown


@pytest.mark.usefixtures("unchanged")
def test_what_would_be_held_says_why(
    run: Command, rows: Rows, file: Callable[[Rows], Path]
) -> None:
    for row in rows:
        row["Survived"] = str(1 - int(row["Survived"]))
    done = run("check", file(rows))
    assert done.status == 1
    assert "File would be held: It changes 891 of 891 known labels" in done.err
    assert "891 rows would be accepted" in done.out


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("name", "content", "state", "said"),
    [
        ("a.csv", TABLE.read_bytes().replace(b",", b";"), "held", "separated by semicolons"),
        ("a.csv", b"", "quarantined", "the file is empty"),
        ("a.txt", b"", "ignored", "does not end in .csv"),
    ],
)
def test_what_is_no_table_of_the_problem_is_named(
    name: str, content: bytes, state: str, said: str, run: Command, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run("check", tmp_path / name, "--json")
    assert (done.status, done.json["state"]) == (1, state)
    assert said in done.json["error"]["detail"]


@pytest.mark.usefixtures("unchanged")
def test_known_bytes_would_be_a_duplicate(run: Command) -> None:
    done = run("check", TABLE, "--json")
    assert (done.status, done.json["state"]) == (0, "duplicate")
    assert "titanic/titanic.csv" in done.json["reason"]


def test_a_home_that_is_not_there_yet_is_no_obstacle(run: Command, tmp_path: Path) -> None:
    assert run("check", TABLE, "--json", at=tmp_path / "new").json["state"] == "done"


def test_a_dry_run_names_the_verdict_and_moves_nothing(run: Command) -> None:
    before = run("models", "list", "--json").json, run("models", "history", "--json").json
    done = run("train", "--dry-run", "--json")
    assert done.status in {0, 1}
    assert "held-out rows" in done.json["verdict"]["sentence"]
    assert done.json["version"] is None
    after = run("models", "list", "--json").json, run("models", "history", "--json").json
    assert json.dumps(before) == json.dumps(after)


def test_a_dry_run_without_rows_is_a_sentence(run: Command, tmp_path: Path) -> None:
    done = run("train", "--dry-run", at=tmp_path)
    assert done.status == 1
    assert "at least 10 are needed" in done.err
