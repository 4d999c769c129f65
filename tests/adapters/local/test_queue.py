"""What only the local queue does: leases, refusals, dead letters."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import Conflict, NotFound, Unavailable

DRAIN = """
import sys
from pathlib import Path
from titanic_mlops.adapters.local.queue import SQLiteQueue
queue = SQLiteQueue(Path(sys.argv[1]))
delivery = queue.lease()
print("ready", flush=True)
sys.stdin.readline()
while delivery:
    queue.acknowledge(delivery)
    print(delivery.message.data.decode())
    delivery = queue.lease()
"""
PUBLISH = """
import sys
from pathlib import Path
from titanic_mlops.adapters.local.queue import SQLiteQueue
queue = SQLiteQueue(Path(sys.argv[1]))
for number in range(1000):
    queue.publish("t", f"{sys.argv[2]}-{number}".encode())
"""
LEASE_AND_HANG = """
import sys
from pathlib import Path
from titanic_mlops.adapters.local.queue import SQLiteQueue
queue = SQLiteQueue(Path(sys.argv[1]), now=lambda: 1000.0)
print(queue.lease(seconds=60).attempt, flush=True)
sys.stdin.read()
"""


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "queue.sqlite"


@pytest.fixture
def queue(path: Path, time: Time) -> SQLiteQueue:
    return SQLiteQueue(path, now=time)


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_an_empty_queue_leases_nothing(queue: SQLiteQueue) -> None:
    assert queue.lease() is None
    assert queue.depth() == 0
    assert queue.dead() == []


def test_the_oldest_message_is_leased_first_and_once(queue: SQLiteQueue) -> None:
    names = [queue.publish("t", data) for data in (b"1", b"2")]
    first, second = queue.lease(), queue.lease()
    assert first is not None
    assert second is not None
    assert [first.message.id, second.message.id] == names
    assert first.attempt == 1
    assert queue.lease() is None
    assert queue.depth() == 2
    queue.acknowledge(first)
    assert queue.depth() == 1


def test_topics_choose_what_is_leased_and_counted(queue: SQLiteQueue) -> None:
    for topic in ("a", "b", "it's"):
        queue.publish(topic, b"x")
    assert queue.depth(["b", "it's"]) == 2
    assert queue.lease([]) is None
    assert queue.depth([]) == 0
    delivery = queue.lease(["b"])
    assert delivery is not None
    assert delivery.message.topic == "b"
    assert queue.lease({"b"}) is None


def test_an_expired_lease_redelivers_the_message(queue: SQLiteQueue, time: Time) -> None:
    queue.publish("t", b"x")
    assert queue.lease(seconds=60)
    time.seconds += 59.9
    assert queue.lease() is None
    time.seconds += 0.1
    again = queue.lease()
    assert again is not None
    assert again.attempt == 2


def test_a_lease_from_before_a_restart_of_the_machine_ends(path: Path, time: Time) -> None:
    time.seconds = 1e7
    before = SQLiteQueue(path, now=time)
    before.publish("t", b"leased")
    before.publish("t", b"pending")
    assert before.lease(seconds=60)
    time.seconds = 10.0
    again = before.lease_many(most=5)
    assert [delivery.message.data for delivery in again] == [b"leased", b"pending"]


def test_the_wall_clock_hides_no_message(path: Path, mocker: MockerFixture) -> None:
    clock = mocker.patch("titanic_mlops.adapters.local.queue.time.time", return_value=2e9)
    queue = SQLiteQueue(path)
    queue.publish("t", b"x")
    clock.return_value = 1e9
    delivery = queue.lease()
    assert delivery is not None
    queue.release_lease(delivery)
    assert queue.lease() is not None


def test_a_stale_receipt_changes_nothing(queue: SQLiteQueue, time: Time) -> None:
    queue.publish("t", b"x")
    stale = queue.lease(seconds=1)
    time.seconds += 1
    fresh = queue.lease(seconds=60)
    assert stale is not None
    assert fresh is not None
    with pytest.raises(Conflict):
        queue.acknowledge(stale)
    with pytest.raises(Conflict):
        queue.refuse(stale, "too late")
    assert queue.depth() == 1
    assert queue.lease() is None
    queue.acknowledge(fresh)
    with pytest.raises(Conflict):
        queue.acknowledge(fresh)
    assert queue.depth() == 0


def test_a_late_acknowledgement_counts_without_a_new_lease(queue: SQLiteQueue, time: Time) -> None:
    queue.publish("t", b"x")
    delivery = queue.lease(seconds=1)
    time.seconds += 100
    assert delivery is not None
    queue.acknowledge(delivery)
    assert queue.depth() == 0


def test_a_refused_message_comes_back_after_its_delay(queue: SQLiteQueue, time: Time) -> None:
    queue.publish("t", b"x")
    delivery = queue.lease()
    assert delivery is not None
    queue.refuse(delivery, "not yet", delay_seconds=10)
    assert queue.lease() is None
    time.seconds += 10
    again = queue.lease()
    assert again is not None
    assert again.attempt == 2


def test_five_refusals_make_a_dead_letter_with_the_last_reason(
    queue: SQLiteQueue, time: Time
) -> None:
    name = queue.publish("t", b"poison", {"a": "b"})
    queue.publish("t", b"healthy")
    for attempt in range(1, 6):
        assert queue.dead() == []
        delivery = queue.lease()
        assert delivery is not None
        assert delivery.attempt == attempt
        queue.refuse(delivery, f"reason {attempt}")
    (letter,) = queue.dead()
    assert (letter.message.id, letter.message.topic) == (name, "t")
    assert letter.message.data == b"poison"
    assert (letter.message.attributes, letter.attempts) == ({"a": "b"}, 5)
    assert letter.reason == "reason 5"
    assert queue.depth() == 1
    other = queue.lease()
    assert other is not None
    assert other.message.data == b"healthy"
    time.seconds += 10**6
    assert [letter.message.id for letter in queue.dead()] == [name]


def test_a_message_that_kills_its_worker_five_times_is_dead(queue: SQLiteQueue, time: Time) -> None:
    queue.publish("t", b"poison")
    leases = []
    for _ in range(5):
        leases.append(queue.lease(seconds=10))
        assert queue.dead() == []
        time.seconds += 10
    assert queue.lease() is None
    assert queue.depth() == 0
    (letter,) = queue.dead()
    assert letter.attempts == 5
    assert "delivery 5 was never acknowledged" in letter.reason
    last = leases[-1]
    assert last is not None
    with pytest.raises(Conflict):
        queue.acknowledge(last)


def test_an_unacknowledged_delivery_keeps_the_earlier_reason(
    queue: SQLiteQueue, time: Time
) -> None:
    queue.publish("t", b"poison")
    for _ in range(4):
        delivery = queue.lease()
        assert delivery is not None
        queue.refuse(delivery, "the disk is full")
    assert queue.lease(seconds=10)
    time.seconds += 10
    (letter,) = queue.dead()
    assert letter.reason.endswith("before that: the disk is full")


def test_another_process_later_finds_everything(queue: SQLiteQueue, path: Path) -> None:
    queue.publish("t", b"x", {"k": "v"})
    queue.close()
    delivery = SQLiteQueue(path).lease()
    assert delivery is not None
    assert (delivery.message.data, delivery.message.attributes) == (b"x", {"k": "v"})


def test_every_commit_reaches_the_disk(queue: SQLiteQueue) -> None:
    queue.publish("t", b"x")
    (connection,) = queue._connections.values()
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_two_processes_take_two_thousand_messages_each_once(path: Path) -> None:
    publishers = [start(PUBLISH, path, number) for number in range(2)]
    assert [one.communicate()[1] or one.returncode for one in publishers] == [0, 0]
    drains = [start(DRAIN, path) for _ in range(2)]
    # Both hold a message before either goes on: SQLite shares its lock, but not fairly.
    for drain in drains:
        assert drain.stdout is not None
        assert drain.stdout.readline() == "ready\n"
    for drain in drains:
        assert drain.stdin is not None
        drain.stdin.write("go\n")
        drain.stdin.flush()
    taken = [drain.communicate()[0].split() for drain in drains]
    assert [drain.returncode for drain in drains] == [0, 0]
    assert all(taken)
    expected = sorted(f"{number}-{n}" for number in range(2) for n in range(1000))
    assert sorted(taken[0] + taken[1]) == expected


def test_eight_threads_of_four_queues_take_each_message_once(path: Path) -> None:
    queues = [SQLiteQueue(path) for _ in range(4)]
    for number in range(200):
        queues[number % 4].publish("t", str(number).encode())

    def drain(number: int) -> list[int]:
        taken = []
        while delivery := queues[number % 4].lease():
            queues[number % 4].acknowledge(delivery)
            taken.append(int(delivery.message.data))
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [number for part in pool.map(drain, range(8)) for number in part]
    assert sorted(taken) == list(range(200))


def test_the_death_of_a_worker_frees_its_message_at_once(queue: SQLiteQueue, path: Path) -> None:
    queue.publish("t", b"x")
    with start(LEASE_AND_HANG, path) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "1\n"
        assert queue.lease() is None
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    again = queue.lease()
    assert again is not None
    assert again.attempt == 2


def test_a_forked_child_opens_the_file_itself(
    queue: SQLiteQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.publish("t", b"x")
    (before,) = queue._connections.values()
    monkeypatch.setattr("os.getpid", lambda: -1)
    queue.publish("t", b"y")
    monkeypatch.undo()
    assert len(set(queue._connections.values())) == 2
    assert before.execute("SELECT count(*) FROM messages").fetchone() == (2,)


def test_a_queue_below_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="where a folder belongs"):
        SQLiteQueue(tmp_path / "file" / "queue.sqlite").publish("t", b"x")


def test_a_file_that_is_no_queue_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "queue.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(Unavailable, match="not a queue"):
        SQLiteQueue(tmp_path / "queue.sqlite").publish("t", b"x")


def test_a_queue_locked_for_too_long_is_unavailable(path: Path) -> None:
    queue = SQLiteQueue(path, patience=0.05)
    queue.publish("t", b"x")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="another process holds it"):
        queue.publish("t", b"y")
    holder.execute("ROLLBACK")
    holder.close()
    queue.publish("t", b"y")
    assert queue.depth() == 2


def test_a_message_with_a_final_refusal_is_a_dead_letter_at_once(queue: SQLiteQueue) -> None:
    queue.publish("t", b"x")
    delivery = queue.lease()
    assert delivery is not None
    queue.refuse(delivery, "never", final=True)
    assert [(letter.attempts, letter.reason) for letter in queue.dead()] == [(1, "never")]


def test_many_messages_are_leased_together_in_their_order(queue: SQLiteQueue) -> None:
    queue.publish_all("t", [b"1", b"2", b"3"])
    first = queue.lease_many(["t"], most=2)
    assert [delivery.message.data for delivery in first] == [b"1", b"2"]
    assert [delivery.message.data for delivery in queue.lease_many(["t"], most=2)] == [b"3"]
    queue.acknowledge(*first)
    assert queue.depth() == 1


def test_a_batch_is_acknowledged_whole_or_not_at_all(queue: SQLiteQueue) -> None:
    queue.publish_all("t", [b"1", b"2"])
    first, second = queue.lease_many(["t"], most=2)
    queue.acknowledge(second)
    with pytest.raises(Conflict):
        queue.acknowledge(first, second)
    assert queue.depth() == 1


def test_an_empty_queue_has_no_work_and_a_leased_message_is_work(queue: SQLiteQueue) -> None:
    assert not queue.has_work()
    queue.publish("t", b"x")
    assert queue.has_work()
    delivery = queue.lease()
    assert delivery is not None
    assert queue.has_work()  # its holder may die
    queue.acknowledge(delivery)
    assert not queue.has_work()


def test_only_a_dead_letter_can_be_discarded(
    queue: SQLiteQueue,
) -> None:
    queue.publish("t", b"x")
    living = queue.lease()
    assert living is not None
    with pytest.raises(NotFound, match="no dead letter"):
        queue.discard(living.message.id)
    for _ in range(5):
        queue.refuse(living, "no")
        living = queue.lease() or living
    (letter,) = queue.dead()
    queue.discard(letter.message.id)
    assert (queue.dead(), queue.depth()) == ([], 0)


def test_pending_messages_are_counted_by_topic(queue: SQLiteQueue) -> None:
    for topic in ("b", "a", "b"):
        queue.publish(topic, b"x")
    (first,) = (leased for leased in [queue.lease(["b"])] if leased)
    assert [(topic, n) for topic, n, _ in queue.pending_by_topic()] == [("a", 1), ("b", 2)]
    assert queue.pending_by_topic()[1][2] == first.message.publish_time
    queue.refuse(first, "broken", final=True)
    assert [(topic, n) for topic, n, _ in queue.pending_by_topic()] == [("a", 1), ("b", 1)]
    assert queue.count_dead() == 1
