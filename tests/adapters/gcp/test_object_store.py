"""Faults that only Cloud Storage has: an upload refused for a while, a lost answer."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Response

from tests.test_registry import NOW, promote, register
from tests.wire.storage import StorageServer
from titanic_mlops.adapters.gcp.object_store import BucketStore
from titanic_mlops.errors import Conflict, NotFound, Rejected, Unavailable
from titanic_mlops.registry import Registry


def busy() -> Response:
    return Response(status=503)


def test_a_service_that_is_busy_for_a_moment_is_asked_again(
    server: StorageServer, store: BucketStore
) -> None:
    server.faults += [busy, busy]
    info = store.put("a", b"1", if_version=0)
    assert store.get("a") == (b"1", info)


@pytest.mark.parametrize("size", [1, 9_000_000], ids=["in one request", "in several"])
def test_an_upload_whose_answer_was_lost_is_recognized(
    server: StorageServer, store: BucketStore, size: int
) -> None:
    server.lose_answers = 1
    info = store.put("a", io.BytesIO(bytes(size)), if_version=0)
    assert store.stat("a") == info
    assert info.size == size


def test_an_upload_overtaken_by_another_is_a_conflict(
    server: StorageServer, store: BucketStore
) -> None:
    store.put("a", b"theirs")
    server.faults.append(busy)
    with pytest.raises(Conflict):
        store.put("a", b"ours", if_version=0)
    assert (store.get("a") or (b"",))[0] == b"theirs"


def test_a_service_that_stays_busy_is_unavailable(
    server: StorageServer, open_store: Callable[[float], BucketStore]
) -> None:
    server.faults += [busy] * 50
    with pytest.raises(Unavailable):
        open_store(0.5).put("a", b"1")


def test_a_missing_bucket_is_named(server: StorageServer, store: BucketStore) -> None:
    server.buckets.clear()
    with pytest.raises(NotFound, match="a: "):
        store.put("a", b"1")


def test_sixteen_registrations_at_once_have_sixteen_versions(store: BucketStore) -> None:
    registry = Registry(store, "titanic")
    with ThreadPoolExecutor(16) as pool:
        cards = list(pool.map(lambda start: register(registry, float(start)), range(16)))
    assert sorted(card.version for card in cards) == list(range(1, 17))
    assert [card.version for card in registry.cards()] == list(range(1, 17))


@pytest.mark.repeats
def test_eight_concurrent_writers_lose_no_move_of_the_champion(store: BucketStore) -> None:
    registry = Registry(store, "titanic")
    for start in (1.0, 2.0):
        register(registry, start)
    promote(registry, 1)

    def move_three_times(writer: int) -> None:
        moved = 0
        while moved < 3:
            why = f"move {moved} of writer {writer}"
            try:
                if registry.champion().version == 1:
                    registry.promote(2, by="a test", why=why, at=NOW)
                else:
                    registry.rollback(by="a test", why=why, at=NOW)
            except (Conflict, Rejected):  # another writer was faster
                continue
            moved += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(move_three_times, range(8)))
    history = [move.version for move in registry.champion().history]
    assert history == [1, 2] * 12 + [1]
