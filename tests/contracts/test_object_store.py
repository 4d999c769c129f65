"""What every object store does."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, cast

import pytest

from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.ports import ObjectStore

pytestmark = pytest.mark.repeats

CREATE = """
from titanic_mlops.errors import Conflict
for key in range(20):
    try:
        port.put(f"race/{key}", str(number).encode(), if_version=0)
        print(key)
    except Conflict:
        pass
"""
INCREMENT = """
from titanic_mlops.errors import Conflict
for _ in range(10):
    while True:
        data, info = port.get("counter")
        try:
            port.put("counter", str(int(data) + 1).encode(), if_version=info.version)
            break
        except Conflict:
            pass
"""


def keys(store: ObjectStore, prefix: str = "") -> list[str]:
    return [info.key for info in store.list(prefix)]


def test_what_was_put_is_what_is_got(store: ObjectStore) -> None:
    info = store.put("a/b.bin", b"\x00\xff\r\n")
    assert store.get("a/b.bin") == (b"\x00\xff\r\n", info)
    assert (info.key, info.size) == ("a/b.bin", 4)
    assert store.stat("a/b.bin") == info
    assert list(store.list()) == [info]


def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    info = store.put("empty", b"")
    assert info.size == 0
    assert store.get("empty") == (b"", info)


def test_a_missing_object_is_not_found(store: ObjectStore) -> None:
    assert store.stat("nothing") is None
    assert keys(store) == []
    with pytest.raises(NotFound):
        store.get("nothing")
    with pytest.raises(NotFound):
        store.get("nothing", unless_version=1)
    with pytest.raises(NotFound):
        store.open("nothing", version=1)


def test_every_put_makes_a_later_version(store: ObjectStore) -> None:
    versions = [store.put("a", b"same").version for _ in range(20)]
    assert versions == sorted(set(versions))
    assert versions[0] > 0


def test_versions_go_on_growing_after_a_delete(store: ObjectStore) -> None:
    first = store.put("a", b"1").version
    store.delete("a")
    assert store.put("a", b"2", if_version=0).version > first


def test_create_only_refuses_an_existing_object(store: ObjectStore) -> None:
    store.put("a", b"first", if_version=0)
    with pytest.raises(Conflict, match="a: version"):
        store.put("a", b"second", if_version=0)
    assert store.get("a")[0] == b"first"  # type: ignore[index]  # without unless_version never None


def test_a_stale_compare_and_set_is_refused(store: ObjectStore) -> None:
    old = store.put("a", b"1")
    new = store.put("a", b"2", if_version=old.version)
    with pytest.raises(Conflict):
        store.put("a", b"3", if_version=old.version)
    assert store.get("a") == (b"2", new)


def test_compare_and_set_on_nothing_is_refused(store: ObjectStore) -> None:
    with pytest.raises(Conflict):
        store.put("a", b"1", if_version=17)
    assert store.stat("a") is None


def test_a_get_of_the_known_version_is_not_modified(store: ObjectStore) -> None:
    old = store.put("a", b"1")
    assert store.get("a", unless_version=old.version) is None
    new = store.put("a", b"2")
    assert store.get("a", unless_version=old.version) == (b"2", new)


def test_a_pinned_read_goes_on_while_the_object_is_replaced(store: ObjectStore) -> None:
    old = store.put("a", b"old bytes")
    with store.open("a", version=old.version) as stream:
        start = stream.read(3)
        store.put("a", b"NEW")
        assert start + stream.read() == b"old bytes"


def test_a_pinned_read_of_another_version_is_not_found(store: ObjectStore) -> None:
    old = store.put("a", b"old")
    new = store.put("a", b"new")
    with pytest.raises(NotFound):
        store.open("a", version=old.version)
    with store.open("a", version=new.version) as stream:
        assert stream.read() == b"new"


class Endless(io.RawIOBase):
    """Give `size` bytes and remember the largest piece asked for."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size if size >= 0 else self.left)
        piece = bytes(min(size, self.left) if size >= 0 else self.left)
        self.left -= len(piece)
        return piece


def test_a_stream_is_copied_in_pieces(store: ObjectStore) -> None:
    stream = Endless(20_000_000)
    assert store.put("big", cast("BinaryIO", stream)).size == 20_000_000
    assert stream.largest < 10_000_000


def test_a_stream_that_breaks_leaves_the_old_object(store: ObjectStore) -> None:
    class Broken(Endless):
        def read(self, size: int = -1) -> bytes:
            if self.left < 1_000_000:
                raise RuntimeError("the sender is gone")
            return super().read(size)

    old = store.put("a", b"old")
    with pytest.raises(RuntimeError, match="gone"):
        store.put("a", cast("BinaryIO", Broken(5_000_000)))
    assert store.get("a") == (b"old", old)
    assert keys(store) == ["a"]


@pytest.mark.parametrize(
    "key",
    [
        "Zoë/naïve — 東京.csv",
        "a b/c+d%20e.csv",
        "quo'te\"s;--.csv",
        "[a]*?{b}#.csv",
        "=cmd()",
        "~x",
    ],
)
def test_any_letters_make_a_key(store: ObjectStore, key: str) -> None:
    info = store.put(key, b"x")
    assert store.get(key) == (b"x", info)
    assert keys(store, key[:3]) == [key]


@pytest.mark.parametrize("key", ["", "a\nb", "x" * 1025, "é" * 600])
def test_what_cannot_be_a_key_is_rejected(store: ObjectStore, key: str) -> None:
    with pytest.raises(Rejected):
        store.put(key, b"x")
    assert keys(store) == []


def test_a_listing_is_sorted_by_key_and_a_prefix_is_a_string(store: ObjectStore) -> None:
    for key in ("b/1", "a/2", "a/10", "a.txt", "ab", "a/c/d", "B"):
        store.put(key, b"")
    assert keys(store) == ["B", "a.txt", "a/10", "a/2", "a/c/d", "ab", "b/1"]
    assert keys(store, "a/") == ["a/10", "a/2", "a/c/d"]
    assert keys(store, "a/1") == ["a/10"]
    assert keys(store, "a") == ["a.txt", "a/10", "a/2", "a/c/d", "ab"]
    assert keys(store, "a/c/d") == ["a/c/d"]
    assert keys(store, "nothing/at/all") == []
    assert keys(store, "../") == []


def test_a_deleted_object_is_gone_and_a_second_delete_is_harmless(store: ObjectStore) -> None:
    store.put("a", b"1")
    store.put("b", b"2")
    store.delete("a")
    store.delete("a")
    store.delete("never/was")
    assert keys(store) == ["b"]


def test_a_delete_of_another_version_is_refused(store: ObjectStore) -> None:
    old = store.put("a", b"1")
    new = store.put("a", b"2")
    with pytest.raises(Conflict):
        store.delete("a", if_version=old.version)
    assert store.stat("a") == new
    store.delete("a", if_version=new.version)
    assert store.stat("a") is None


def test_sixteen_threads_create_and_one_wins(store: ObjectStore) -> None:
    def create(number: int) -> int | None:
        try:
            store.put("champion", str(number).encode(), if_version=0)
        except Conflict:
            return None
        return number

    with ThreadPoolExecutor(16) as pool:
        winners = [number for number in pool.map(create, range(16)) if number is not None]
    assert len(winners) == 1
    assert store.get("champion")[0] == str(winners[0]).encode()  # type: ignore[index]  # never None


def test_processes_create_and_each_key_has_one_winner(
    open_store: Callable[[], ObjectStore], in_processes: Callable[..., list[str]]
) -> None:
    outputs = in_processes(CREATE, open_store, 4)
    won = [int(key) for output in outputs for key in output.split()]
    assert sorted(won) == list(range(20))


def test_eight_threads_lose_no_increment(store: ObjectStore) -> None:
    store.put("counter", b"0")

    def increment(_: int) -> None:
        for _ in range(10):
            while True:
                data, info = store.get("counter") or (b"", None)
                assert info is not None
                try:
                    store.put("counter", str(int(data) + 1).encode(), if_version=info.version)
                    break
                except Conflict:
                    continue

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increment, range(8)))
    assert store.get("counter")[0] == b"80"  # type: ignore[index]  # never None


def test_processes_lose_no_increment(
    store: ObjectStore,
    open_store: Callable[[], ObjectStore],
    in_processes: Callable[..., list[str]],
) -> None:
    store.put("counter", b"0")
    in_processes(INCREMENT, open_store, 4)
    assert store.get("counter")[0] == b"40"  # type: ignore[index]  # never None
