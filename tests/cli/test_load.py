"""Under concurrent requests no answer is dropped and no record is lost or doubled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import TABLE, Command
from tests.cli.running import PASSENGER, Running, ask, up
from tests.cli.test_up import changed, drop
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.registry import Registry

pytestmark = pytest.mark.repeats

CLIENTS = 16
REQUESTS = 2000
KILLS = 5


@contextmanager
def asking(running: Running, clients: int, pause: float) -> Iterator[dict[str, int]]:
    """Run clients that send requests in a loop; yield the answering version by uuid.

    A connection that breaks is opened again; any answer but 200 ends the test.
    """
    answered: dict[str, int] = {}
    ended = threading.Event()

    def client(_: int) -> None:
        connection = running.connect()
        while not ended.wait(pause):
            try:
                status, body = ask(connection, PASSENGER)
            except (OSError, HTTPException):
                connection.close()
                continue
            assert status == 200, body
            answered[body["uuid"]] = body["model_version"]
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(client, number) for number in range(clients)]
        try:
            yield answered
        finally:
            ended.set()
        for future in futures:
            future.result()


def stored(home: Path) -> tuple[dict[str, int], int]:
    """Return the answering version by uuid, and the number of rows of the view."""
    with duckdb.connect(str(home / "titanic.duckdb"), read_only=True) as tables:
        rows = tables.execute("SELECT uuid, model_version FROM predictions").fetchall()
    return dict(rows), len(rows)


def places_of(home: Path, uuid: str) -> list[str]:
    """Return every file below `home`, other than the tables, that holds this uuid."""
    files = [file for file in home.rglob("*") if file.is_file() and "duckdb" not in file.name]
    return [file.name for file in files if uuid.encode() in file.read_bytes()]


def with_three_versions(home: Path, run: Command, tmp_path: Path) -> Registry:
    for number, data in enumerate([changed(3), changed(9)]):
        file = tmp_path / f"{number}.csv"
        file.write_bytes(data)
        assert run("ingest", file, at=home).status == 0
    return Registry(DirectoryStore(home / "storage"), "titanic")


def move_champion(registry: Registry) -> int:
    """Promote the next version, or roll back from the last one; return the champion's version."""
    now, by, at = registry.champion(), "a person", datetime.now(UTC)
    newest = registry.cards()[-1].version
    if now.version < newest:
        return registry.promote(now.version + 1, by=by, why="a test", at=at).version
    return registry.rollback(by=by, why="a test", at=at).version


def test_each_answer_has_one_record_while_champions_change(
    champion_home: Path, run: Command, tmp_path: Path
) -> None:
    home = champion_home
    registry = with_three_versions(home, run, tmp_path)
    moves = []
    with up(home) as running:
        with asking(running, CLIENTS, pause=0.005) as answered:
            for _ in range(3):
                version = move_champion(registry)
                moves.append(version)
                running.until(partial(has_answered_last, answered, version))
            running.until(lambda: len(answered) >= REQUESTS)
        assert running.log().count("The server is process") == 1
        assert running.end() == 0
    assert set(moves) <= set(answered.values())
    kept, count = stored(home)
    assert count == len(kept)
    assert {uuid: kept.get(uuid) for uuid in answered} == answered


def has_answered_last(answered: dict[str, int], version: int) -> bool:
    return next(reversed(list(answered.values())), 0) == version


def test_killed_processes_under_load_lose_and_double_nothing(
    champion_home: Path, run: Command, record_property: Callable[[str, object], None]
) -> None:
    home = champion_home
    recovered = []
    with up(home) as running:
        with asking(running, 4, pause=0.002) as answered:
            for number in range(KILLS):
                drop(home, f"file-{number}.csv", changed(20 + number))
                time.sleep(0.3 * number)  # a different moment of the work each time
                recovered.append(
                    killed_and_back(running, ("worker", "server")[number % 2], answered)
                )
            finished(running, home, run)
        assert running.end() == 0
    kept, count = stored(home)
    lost = answered.keys() - kept.keys()
    waiting = {uuid: place for uuid in lost for place in places_of(home, uuid)}
    assert (len(lost), count - len(kept)) == (0, 0), (waiting, running.log())
    files = [f"titanic/file-{number}.csv" for number in range(KILLS)]
    with duckdb.connect(str(home / "titanic.duckdb"), read_only=True) as tables:
        done = tables.execute(
            "SELECT file, count(*) FROM ingestions WHERE state = 'done' GROUP BY file ORDER BY file"
        ).fetchall()
        people = tables.execute("SELECT count(*), count(DISTINCT PassengerId) FROM training_set")
        assert people.fetchall() == [(891, 891)]
    assert done == [*((file, 1) for file in files), ("titanic/titanic.csv", 1)]
    record_property("seconds to recover", recovered)


def killed_and_back(running: Running, name: str, answered: dict[str, int]) -> float:
    """kill -9 one process; return the seconds until it runs again and requests are answered."""
    before, seen, started = running.kill(name), len(answered), time.monotonic()
    running.until(lambda: running.child(name) != before)
    running.until(lambda: len(answered) > seen)
    return time.monotonic() - started


def finished(running: Running, home: Path, run: Command) -> None:
    """Wait until every file is done."""

    def ended() -> bool:
        log = running.log()
        return all(f"titanic/file-{n}.csv is announced" in log for n in range(KILLS))

    running.until(ended)
    assert run("ingest", TABLE, at=home).status == 0  # waits for all work in progress
