"""Who writes into a table of BigQuery's, and for how long others wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from google.api_core import exceptions as api

from titanic_mlops.adapters.gcp.lease import lease
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import Unavailable
from titanic_mlops.ports import ObjectStore

KEY = "leases/titanic/training_data"
SOON, LONG = 0.2, 60.0


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return DirectoryStore(tmp_path)


def test_one_at_a_time_is_inside_and_nothing_stays(store: ObjectStore) -> None:
    inside = threading.Semaphore(1)

    def enter(_: int) -> None:
        with lease(store, KEY, seconds=LONG, patience=LONG):
            assert inside.acquire(blocking=False)
            inside.release()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(24)))
    assert store.stat(KEY) is None


def test_who_died_inside_is_outwaited_and_one_follows_at_a_time(store: ObjectStore) -> None:
    store.put(KEY, b"somebody who died")
    inside = threading.Semaphore(1)

    def enter(_: int) -> None:
        with lease(store, KEY, seconds=SOON, patience=LONG):
            assert inside.acquire(blocking=False)
            inside.release()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enter, range(4)))


def test_who_is_inside_for_longer_than_others_wait_keeps_them_out(store: ObjectStore) -> None:
    with lease(store, KEY, seconds=LONG, patience=LONG):
        with pytest.raises(Unavailable), lease(store, KEY, seconds=LONG, patience=SOON):
            pytest.fail("two are inside")
        assert store.stat(KEY)


def test_a_clear_refusal_leaves_at_once_and_an_unclear_end_does_not(store: ObjectStore) -> None:
    with pytest.raises(api.BadRequest), lease(store, KEY, seconds=LONG, patience=LONG):
        raise api.BadRequest("no such column")  # type: ignore[no-untyped-call] # it has no types
    assert store.stat(KEY) is None
    with pytest.raises(TimeoutError), lease(store, KEY, seconds=LONG, patience=LONG):
        raise TimeoutError  # what was begun may still go on
    assert store.stat(KEY)


def test_who_came_too_late_takes_nobody_elses_away(store: ObjectStore) -> None:
    with lease(store, KEY, seconds=SOON, patience=LONG):
        store.delete(KEY)
        theirs = store.put(KEY, b"somebody else's by now", if_version=0)
    assert store.stat(KEY) == theirs
