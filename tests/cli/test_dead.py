"""A dead letter is listed, shown, replayed or discarded, and its file with it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import TABLE, Command
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.queue_file import DELIVERIES


@pytest.fixture
def letter(run: Command, tmp_path: Path) -> str:
    """Land a file and fail its message five times; return the dead letter's id."""
    assert run("ingest", TABLE, "--no-wait", at=tmp_path).status == 0
    queue = SQLiteQueue(tmp_path / "titanic.queue.sqlite")
    for _ in range(DELIVERIES):
        delivery = queue.lease()
        assert delivery is not None
        queue.refuse(delivery, "the disk is full")
    queue.close()
    (found,) = run("dead", "list", "--json", at=tmp_path).json
    assert (found["topic"], found["attempts"]) == ("landing", DELIVERIES)
    return str(found["id"])


def rows(home: Path) -> int:
    with duckdb.connect(str(home / "titanic.duckdb"), read_only=True) as tables:
        return int(tables.execute("SELECT count(*) FROM training_data").fetchall()[0][0])


def test_no_other_command_retries_the_file_of_a_dead_letter(
    run: Command, tmp_path: Path, letter: str
) -> None:
    assert run("train", at=tmp_path).status == 1
    assert rows(tmp_path) == 0
    listed = run("dead", "list", at=tmp_path).out
    assert f"{letter[:8]}  landing, 5 tries: the disk is full" in listed
    shown = run("dead", "show", letter[:6], at=tmp_path).json
    assert shown["attributes"]["objectId"] == "titanic/titanic.csv"


def test_replay_waits_until_the_file_is_done(run: Command, tmp_path: Path, letter: str) -> None:
    done = run("dead", "replay", letter[:6], "--json", at=tmp_path)
    assert (done.status, done.json["state"], done.json["accepted"]) == (0, "done", 891)
    assert rows(tmp_path) == 891
    assert "There are no dead letters." in run("dead", "list", at=tmp_path).out


def test_discard_ends_the_file_and_allows_another_upload(
    run: Command, tmp_path: Path, letter: str
) -> None:
    assert run("dead", "discard", letter, at=tmp_path).status == 0
    assert rows(tmp_path) == 0
    with duckdb.connect(str(tmp_path / "titanic.duckdb"), read_only=True) as tables:
        states = tables.execute("SELECT state, reason FROM ingestions").fetchall()
    assert states == [("quarantined", "Discarded with its dead letter.")]
    assert run("ingest", TABLE, "--json", at=tmp_path).json["state"] == "done"


def test_an_unknown_dead_letter_is_refused(run: Command, tmp_path: Path) -> None:
    done = run("dead", "replay", "abc", at=tmp_path)
    assert (done.status, "there are: none" in done.err) == (1, True)


@pytest.mark.parametrize("verb", ["show", "replay", "discard"])
def test_an_empty_id_names_no_dead_letter(
    run: Command, tmp_path: Path, letter: str, verb: str
) -> None:
    done = run("dead", verb, "", at=tmp_path)
    assert done.status == 1
    assert f"No dead letter has an id that begins with ''; there are: {letter[:8]}." in done.err
