"""Which files of the landing folder are complete, and reported once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from titanic_mlops.adapters.local import landed_bytes, landing_folder, read_lease
from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.platforms.local.landing_watch import LandingWatch
from titanic_mlops.platforms.timing import SETTLE_SECONDS


class Time:
    """A clock that a test moves; it starts long before any file of a test is written."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "landing" / "titanic").mkdir(parents=True)
    LandingFolder(tmp_path / "landing").begin()
    return tmp_path / "landing"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def watch(root: Path, time: Time) -> LandingWatch:
    return LandingWatch(LandingFolder(root), "titanic/", now=time)


def seen(watch: LandingWatch) -> list[str]:
    return [info.key for info in watch.arrivals()]


def renamed(path: Path, data: bytes = b"whole") -> Path:
    """Write a file elsewhere and rename it into place, with one time for its bytes."""
    aside = path.parents[1] / ".aside"
    aside.write_bytes(data)
    os.utime(aside, (1_700_000_000, 1_700_000_000))
    return aside.replace(path)


def written(path: Path, data: bytes, at: float) -> None:
    """Write a file in place, as an unfinished copy does, at a time far ahead."""
    with path.open("ab") as file:
        file.write(data)
    os.utime(path, (at, at))


AHEAD = 4_000_000_000.0  # later than any time at which the disk is written during a test


def test_a_file_that_was_renamed_into_place_is_seen_at_once(
    root: Path, watch: LandingWatch
) -> None:
    path = renamed(root / "titanic" / "a.csv")
    (info,) = watch.arrivals()
    assert (info.key, info.size) == ("titanic/a.csv", 5)
    assert info.version > path.stat().st_mtime_ns // 1000


def test_an_object_that_the_store_put_is_seen_at_once(root: Path, watch: LandingWatch) -> None:
    info = LandingFolder(root).put("titanic/a.csv", b"x")
    assert list(watch.arrivals()) == [info]


def test_a_file_written_in_place_is_seen_once_it_has_settled(
    root: Path, watch: LandingWatch, time: Time
) -> None:
    path = root / "titanic" / "a.csv"
    for second in range(5):
        written(path, b"line\n", AHEAD + second)
        for waited in (0.0, SETTLE_SECONDS / 2, SETTLE_SECONDS):
            time.seconds = AHEAD + second + waited
            assert seen(watch) == []
    time.seconds = AHEAD + 4 + SETTLE_SECONDS + 0.1
    (info,) = watch.arrivals()
    assert (info.key, info.size) == ("titanic/a.csv", 25)


def test_a_file_being_written_does_not_delay_others(
    root: Path, watch: LandingWatch, time: Time
) -> None:
    written(root / "titanic" / "a.csv", b"half", AHEAD)
    time.seconds = AHEAD
    renamed(root / "titanic" / "b.csv")
    assert seen(watch) == ["titanic/b.csv"]
    time.seconds += SETTLE_SECONDS + 0.1
    assert seen(watch) == ["titanic/a.csv"]


def test_each_version_is_reported_once(root: Path, watch: LandingWatch, time: Time) -> None:
    store = LandingFolder(root)
    first = store.put("titanic/a.csv", b"one")
    assert list(watch.arrivals()) == [first]
    time.seconds = AHEAD
    assert list(watch.arrivals()) == []
    second = store.put("titanic/a.csv", b"two")
    assert list(watch.arrivals()) == [second]
    assert list(watch.arrivals()) == []


def test_a_file_whose_handling_failed_is_reported_again(root: Path, watch: LandingWatch) -> None:
    renamed(root / "titanic" / "a.csv")
    assert next(iter(watch.arrivals())).key == "titanic/a.csv"  # and no further
    assert seen(watch) == ["titanic/a.csv"]
    assert seen(watch) == []


def test_a_file_that_came_back_is_reported_again(root: Path, watch: LandingWatch) -> None:
    store = LandingFolder(root)
    store.put("titanic/a.csv", b"one")
    assert seen(watch) == ["titanic/a.csv"]
    store.delete("titanic/a.csv")
    assert seen(watch) == []
    store.put("titanic/a.csv", b"two")
    assert seen(watch) == ["titanic/a.csv"]


def test_another_watch_reports_everything_again(
    root: Path, watch: LandingWatch, time: Time
) -> None:
    renamed(root / "titanic" / "a.csv")
    again = LandingWatch(LandingFolder(root), "titanic/", now=time)
    assert (seen(watch), seen(again)) == (["titanic/a.csv"], ["titanic/a.csv"])


@pytest.mark.parametrize(
    "name", [".a.csv", ".a.csv.swp", ".0123456789abcdef.tmp", ".hidden/a.csv", ".~lock.a.csv#"]
)
def test_a_hidden_file_is_never_seen(
    name: str, root: Path, watch: LandingWatch, time: Time
) -> None:
    path = root / "titanic" / name
    path.parent.mkdir(exist_ok=True)
    renamed(path) if path.parent.name == "titanic" else path.write_bytes(b"x")
    time.seconds = AHEAD
    assert seen(watch) == []


@pytest.mark.parametrize("name", ["a.csv", "titanic.csv", "titanic-2/a.csv", "diamonds/titanic/a"])
def test_nothing_outside_of_the_prefix_is_seen(
    name: str, root: Path, watch: LandingWatch, time: Time
) -> None:
    LandingFolder(root).put(name, b"x")
    time.seconds = AHEAD
    assert seen(watch) == []
    assert seen(LandingWatch(LandingFolder(root), "", now=time)) == [name]


def test_files_in_folders_below_the_prefix_are_seen_in_order(
    root: Path, watch: LandingWatch, time: Time
) -> None:
    for name in ("titanic/b.csv", "titanic/2026/a.csv", "titanic/ä 船.csv"):
        LandingFolder(root).put(name, b"x")
    time.seconds = AHEAD  # written and renamed within a tick of the disk's clock, it would wait
    assert seen(watch) == ["titanic/2026/a.csv", "titanic/b.csv", "titanic/ä 船.csv"]


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path: Path, time: Time) -> None:
    watch = LandingWatch(LandingFolder(tmp_path / "landing"), "titanic/", now=time)
    assert seen(watch) == []


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports writers of a file")


@LINUX
def test_a_file_that_a_stalled_writer_has_open_is_not_whole(
    root: Path, watch: LandingWatch, time: Time
) -> None:
    path = root / "titanic" / "stalled.csv"
    written(path, b"half", AHEAD)
    time.seconds = AHEAD + 3600
    with path.open("ab"):
        assert seen(watch) == []
    assert seen(watch) == ["titanic/stalled.csv"]


@LINUX
@pytest.mark.parametrize("change", ["chmod", "touch", "rename"])
def test_no_time_makes_a_file_with_a_writer_complete(
    change: str, root: Path, watch: LandingWatch, time: Time
) -> None:
    path = root / "titanic" / "upload.csv"
    time.seconds = AHEAD
    with path.open("wb") as upload:
        upload.write(b"half")
        upload.flush()
        if change == "chmod":
            path.chmod(0o640)
        elif change == "touch":
            os.utime(path, (1, 1))
        else:
            path = path.rename(path.with_name("renamed.csv"))
        assert seen(watch) == []
        upload.write(b" and half")
    (info,) = watch.arrivals()
    assert (info.key, info.size) == (f"titanic/{path.name}", 13)


@LINUX
def test_a_writer_that_comes_while_a_file_is_read_is_let_in(
    root: Path, watch: LandingWatch, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = renamed(root / "titanic" / "a.csv")
    time.seconds = AHEAD
    real, writers = read_lease.holds_read_lease, list[str]()

    def with_a_writer(descriptor: int) -> bool:
        if not writers:
            with pytest.raises(BlockingIOError):  # a writer that waits would be let in later
                os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            writers.append("asked")
        return real(descriptor)

    monkeypatch.setattr(landed_bytes, "holds_read_lease", with_a_writer)
    assert seen(watch) == []
    with path.open("ab") as file:
        file.write(b", and more")
    (info,) = watch.arrivals()
    assert info.size == 15


def test_without_leases_a_file_must_stay_the_same_for_a_while(
    root: Path, watch: LandingWatch, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing_folder, "take_read_lease", lambda _: None)
    path = renamed(root / "titanic" / "a.csv", b"half")
    time.seconds = AHEAD
    assert seen(watch) == []
    before = path.stat()
    path.write_bytes(b"done")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as `cp -p` sets it
    time.seconds += SETTLE_SECONDS + 0.1
    assert seen(watch) == []
    time.seconds += SETTLE_SECONDS / 2
    assert seen(watch) == []
    time.seconds += SETTLE_SECONDS
    assert seen(watch) == ["titanic/a.csv"]


def test_a_file_that_changed_in_this_tick_is_looked_at_later(
    root: Path, watch: LandingWatch, time: Time
) -> None:
    path = renamed(root / "titanic" / "a.csv")
    time.seconds = path.stat().st_ctime
    assert seen(watch) == []
    time.seconds += 1
    assert seen(watch) == ["titanic/a.csv"]
