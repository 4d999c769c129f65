"""Messages of the queue become rows of a table, once each to a reader."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.shortcuts import kept_open
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.queue_file import DELIVERIES
from titanic_mlops.adapters.local.timing import LEASE_SECONDS
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import EventUnreadable, NotFound
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.local.subscription import TableSubscription
from titanic_mlops.platforms.timing import RETRY_SECONDS
from titanic_mlops.ports import Table, TableField
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings

NUMBERS = Table("numbers", (TableField("n", "INT64", "REQUIRED", "a number"),))


class Time:
    """A clock that a test moves."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def queue(tmp_path: Path, time: Time) -> SQLiteQueue:
    return SQLiteQueue(tmp_path / "queue.sqlite", now=time)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[DuckDBWarehouse]:
    path = tmp_path / "tables.duckdb"
    with kept_open(path):
        opened = DuckDBWarehouse(path)
        opened.ensure([NUMBERS])
        yield opened


def rows_of(messages: list[bytes]) -> pa.Table:
    try:
        return pa.table({"n": [int(message) for message in messages]})
    except ValueError as error:
        raise EventUnreadable("not a number") from error


@pytest.fixture
def numbers(queue: SQLiteQueue, warehouse: DuckDBWarehouse) -> TableSubscription:
    return TableSubscription(queue, "numbers", warehouse, "numbers", rows_of)


def stored(warehouse: DuckDBWarehouse) -> list[int]:
    return [row["n"] for row in warehouse.query("SELECT n FROM numbers ORDER BY n").to_pylist()]


def publish(queue: SQLiteQueue, *messages: object) -> None:
    queue.publish_all("numbers", [str(message).encode() for message in messages])


def test_messages_become_rows_and_leave_the_queue(
    numbers: TableSubscription, queue: SQLiteQueue, warehouse: DuckDBWarehouse
) -> None:
    publish(queue, 3, 1, 2)
    assert numbers.pull() == 3
    assert (stored(warehouse), queue.depth(), numbers.pull()) == ([1, 2, 3], 0, 0)


def test_other_topics_are_left_alone(
    numbers: TableSubscription, queue: SQLiteQueue, warehouse: DuckDBWarehouse
) -> None:
    queue.publish("letters", b"a")
    assert (numbers.pull(), stored(warehouse), queue.depth(["letters"])) == (0, [], 1)


def test_many_messages_come_in_batches_oldest_first(
    numbers: TableSubscription,
    queue: SQLiteQueue,
    warehouse: DuckDBWarehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("titanic_mlops.platforms.local.subscription.BATCH", 4)
    publish(queue, *range(10))
    assert (numbers.pull(), stored(warehouse)) == (4, [0, 1, 2, 3])
    assert [numbers.pull() for _ in range(3)] == [4, 2, 0]
    assert stored(warehouse) == list(range(10))


@pytest.mark.parametrize("place", [0, 2, 4])
def test_only_the_bad_message_becomes_a_dead_letter(
    place: int,
    numbers: TableSubscription,
    queue: SQLiteQueue,
    warehouse: DuckDBWarehouse,
    time: Time,
) -> None:
    messages: list[object] = [1, 2, 3, 4]
    messages.insert(place, "five")
    publish(queue, *messages)
    assert numbers.pull() == 4
    assert (stored(warehouse), queue.depth()) == ([1, 2, 3, 4], 1)
    for more in range(5, 4 + DELIVERIES):
        assert (numbers.pull(), queue.dead()) == (0, [])  # not at once
        time.seconds += RETRY_SECONDS
        publish(queue, more)
        assert numbers.pull() == 1
    (letter,) = queue.dead()
    assert (letter.message.data, letter.reason, letter.attempts) == (
        b"five",
        "not a number",
        DELIVERIES,
    )
    assert (stored(warehouse), queue.depth()) == ([1, 2, 3, 4, 5, 6, 7, 8], 0)


def test_messages_wait_for_a_missing_table(queue: SQLiteQueue, warehouse: DuckDBWarehouse) -> None:
    early = TableSubscription(queue, "numbers", warehouse, "early", rows_of)
    publish(queue, 1, 2)
    for _ in range(9):  # more often than a message may fail: no message is at fault
        with pytest.raises(NotFound):
            early.pull()
    warehouse.ensure([replace(NUMBERS, name="early")])
    assert early.pull() == 2
    assert warehouse.query("SELECT n FROM early ORDER BY n").to_pylist() == [{"n": 1}, {"n": 2}]
    assert (queue.depth(), queue.dead()) == (0, [])


class Crash(BaseException):
    """The process ends here; no handler may catch it."""


class CrashingQueue(SQLiteQueue):
    """End the process when what is stored would be acknowledged."""

    def acknowledge(self, *_: Any) -> None:  # noqa: ANN401 any deliveries
        raise Crash


def test_a_crash_before_the_acknowledgement_loses_nothing(
    tmp_path: Path, queue: SQLiteQueue, warehouse: DuckDBWarehouse, time: Time
) -> None:
    publish(queue, 1, 2)
    crashing = CrashingQueue(tmp_path / "queue.sqlite", now=time)
    with pytest.raises(Crash):
        TableSubscription(crashing, "numbers", warehouse, "numbers", rows_of).pull()
    assert (stored(warehouse), queue.depth()) == ([1, 2], 2)
    time.seconds += LEASE_SECONDS
    assert TableSubscription(queue, "numbers", warehouse, "numbers", rows_of).pull() == 2
    assert (stored(warehouse), queue.depth()) == ([1, 1, 2, 2], 0)


def record(uuid: str, **changes: Any) -> bytes:  # noqa: ANN401 any JSON
    said = {
        "uuid": uuid,
        "requested_at": "2026-01-02T03:04:05.123456+00:00",
        "model_version": 1,
        "prediction": 1,
        "probability": 0.75,
        "Pclass": 3,
        "Sex": "female",
        "SibSp": 0,
        "Parch": 0,
    }
    return json.dumps(said | changes).encode()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    home = tmp_path / "home"
    with kept_open(home / "titanic.duckdb"):
        yield open_local(Settings(home), load_problem("titanic"))


def uuids(platform: LocalPlatform, table: str) -> list[str]:
    rows = platform.ports.warehouse.query(f"SELECT uuid FROM {table} ORDER BY uuid").to_pylist()
    return [row["uuid"] for row in rows]


def test_a_prediction_that_is_stored_twice_is_counted_once(
    tmp_path: Path, platform: LocalPlatform, time: Time
) -> None:
    platform.ports.bus.publish_all(PREDICTIONS, [record("a"), record("b")])
    time.seconds = 4e9  # the crashed process leased them at a later time
    crashing = CrashingQueue(tmp_path / "home" / "titanic.queue.sqlite", now=time)
    with pytest.raises(Crash):
        replace(platform, queue=crashing).store_predictions()
    crashing.close()
    time.seconds += LEASE_SECONDS
    queue = SQLiteQueue(tmp_path / "home" / "titanic.queue.sqlite", now=time)
    assert replace(platform, queue=queue).store_predictions() == 2
    assert uuids(platform, "predictions_data") == ["a", "a", "b", "b"]
    assert uuids(platform, "predictions") == ["a", "b"]


def test_the_earliest_record_of_a_prediction_wins(
    platform: LocalPlatform,
) -> None:
    first = [record(f"{n}", requested_at="2026-01-02T03:04:05+00:00") for n in range(8)]
    again = [
        record(f"{n}", requested_at="2026-01-02T03:04:06+00:00", model_version=2) for n in range(8)
    ]
    messages = [*first, *again]
    random.Random(7).shuffle(messages)  # noqa: S311 no secret
    platform.ports.bus.publish_all(PREDICTIONS, messages)
    assert platform.store_predictions() == 16
    rows = platform.ports.warehouse.query("SELECT uuid, model_version FROM predictions").to_pylist()
    assert {row["uuid"]: row["model_version"] for row in rows} == {f"{n}": 1 for n in range(8)}
    assert len(rows) == 8


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage",
        b"\xff\xfe",
        b"[]",
        b"5",
        b"null",
        b"{}",
        record("x", requested_at="noon"),
        record("x", requested_at=None),
        record("x", model_version="one"),
        record("x", probability="likely"),
    ],
    ids=lambda data: repr(data)[-30:],
)
def test_only_the_message_that_is_no_record_is_not_stored(
    bad: bytes, platform: LocalPlatform
) -> None:
    platform.ports.bus.publish_all(PREDICTIONS, [record("a"), bad, record("b")])
    assert platform.store_predictions() == 2
    assert uuids(platform, "predictions") == ["a", "b"]
    assert platform.queue.depth([PREDICTIONS]) == 1


def test_a_single_bad_message_is_refused_once(
    queue: SQLiteQueue, warehouse: DuckDBWarehouse
) -> None:
    numbers = TableSubscription(queue, "numbers", warehouse, "numbers", rows_of)
    queue.publish("numbers", b"garbage")
    assert numbers.pull() == 0
    assert (queue.depth(), queue.dead()) == (1, [])


@pytest.mark.parametrize("bad", [b"[" * 100_000, b'{"model_version": 1e999}', b"5", b"\xff"])
def test_a_message_that_is_no_record_leaves_others_unharmed(
    platform: LocalPlatform, bad: bytes
) -> None:
    good = {
        "uuid": "1", "requested_at": "2026-01-01T00:00:00+00:00", "model_version": 1,
        "prediction": 1, "probability": 0.5, "Pclass": 1, "Sex": "male", "SibSp": 0, "Parch": 0,
    }  # fmt: skip
    strange = good | {"uuid": "2", "requested_at": "0001-01-01T00:00:00+14:00"}
    large = good | {"uuid": "3", "model_version": 2**70}
    for message in (bad, json.dumps(strange).encode(), json.dumps(large).encode()):
        platform.queue.publish("predictions", message)
    platform.queue.publish("predictions", json.dumps(good).encode())
    assert platform.store_predictions() == 1
    stored = platform.ports.warehouse.query("SELECT uuid FROM predictions").to_pylist()
    assert stored == [{"uuid": "1"}]
    assert platform.queue.depth(["predictions"]) == 3
