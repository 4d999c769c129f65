"""One writer of a BigQuery table at a time, and how long others wait."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from titanic_mlops.adapters.gcp.lease import StillRunning, lease
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import Unavailable
from titanic_mlops.ports import ObjectInfo, ObjectStore

KEY = "leases/titanic/training_data"
SOON, LONG = 0.2, 60.0


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


def test_one_holder_at_a_time_and_no_object_is_left(store: ObjectStore) -> None:
    inside = threading.Semaphore(1)

    def enter(_: int) -> None:
        with lease(store, KEY, seconds=LONG, patience=LONG):
            assert inside.acquire(blocking=False)
            inside.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(24)))
    assert store.stat(KEY) is None


def test_a_crashed_holders_lease_expires(store: ObjectStore) -> None:
    store.put(KEY, b"a crashed holder")
    inside = threading.Semaphore(1)

    def enter(_: int) -> None:
        with lease(store, KEY, seconds=SOON, patience=LONG):
            assert inside.acquire(blocking=False)
            inside.release()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enter, range(4)))


def test_a_waiter_gives_up_before_a_longer_holder(store: ObjectStore) -> None:
    with lease(store, KEY, seconds=LONG, patience=LONG):
        with pytest.raises(Unavailable), lease(store, KEY, seconds=LONG, patience=SOON):
            pytest.fail("two are inside")
        assert store.stat(KEY)


def test_an_error_leaves_and_what_may_still_run_does_not(store: ObjectStore) -> None:
    with pytest.raises(ValueError, match="a fault"), lease(store, KEY, seconds=LONG, patience=LONG):
        raise ValueError("a fault")
    assert store.stat(KEY) is None
    with pytest.raises(StillRunning), lease(store, KEY, seconds=LONG, patience=LONG):
        raise StillRunning
    assert store.stat(KEY)


def test_each_crashed_holder_has_a_whole_lease(store: ObjectStore) -> None:
    first = store.put(KEY, b"a crashed holder")
    taken = threading.Event()

    def replace() -> None:
        store.put(KEY, b"another crashed holder", if_version=first.version)
        taken.set()

    threading.Timer(0.5, replace).start()
    with pytest.raises(Unavailable), lease(store, KEY, seconds=1, patience=2):
        pytest.fail("the second had only begun")
    assert taken.is_set()
    with lease(store, KEY, seconds=SOON, patience=LONG):
        pass


def test_of_two_waiters_one_takes_over_the_expired_lease(
    store: ObjectStore, tmp_path: Path
) -> None:
    store.put(KEY, b"a crashed holder")
    both = threading.Barrier(2, timeout=LONG)

    class AtOnce(DirectoryStore):
        """Lets two take over at the very same time."""

        def put(
            self, key: str, data: bytes | BinaryIO, *, if_version: int | None = None
        ) -> ObjectInfo:
            if if_version != 0:
                both.wait()
            return super().put(key, data, if_version=if_version)

    inside = threading.Semaphore(1)

    def enter(_: int) -> None:
        with lease(AtOnce(tmp_path), KEY, seconds=SOON, patience=LONG):
            assert inside.acquire(blocking=False)
            time.sleep(2 * SOON / 3)
            inside.release()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(enter, range(2)))


def test_a_late_holder_leaves_anothers_lease(store: ObjectStore) -> None:
    with lease(store, KEY, seconds=SOON, patience=LONG):
        store.delete(KEY)
        theirs = store.put(KEY, b"the next holder", if_version=0)
    assert store.stat(KEY) == theirs
