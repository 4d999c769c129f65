"""A home belongs to its user alone, and can be read where it cannot be written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from titanic_mlops.errors import Unavailable
from titanic_mlops.events import LANDING
from titanic_mlops.platforms.local.home import exclusive_home, make_writable
from titanic_mlops.platforms.local.platform import open_local
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def wider_than_their_user(home: Path) -> list[str]:
    return [
        f"{path} {stat.filemode(path.stat().st_mode)}"
        for path in (home, *home.rglob("*"))
        if path.stat().st_mode & 0o077
    ]


def test_all_files_of_a_new_home_are_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    platform = open_local(Settings(home), load_problem("titanic"))
    (tmp_path / "a.csv").write_text("x")
    platform.land(tmp_path / "a.csv")
    with exclusive_home(home) as record, platform.warehouse._connection() as connection:
        record("http://127.0.0.1:1")
        connection.execute("INSERT INTO evaluations (sentence) SELECT 'x' WHERE FALSE")
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        names = {path.name for path in home.iterdir()}
        assert {"titanic.duckdb.wal", "titanic.queue.sqlite-wal", "up.json", "up.lock"} <= names
        assert wider_than_their_user(home) == []


def test_an_existing_home_is_narrowed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_local(Settings(home), load_problem("titanic")).queue.close()
    deep = home / "storage" / "models" / "titanic"
    deep.mkdir(parents=True)
    (deep / "card.json").write_text("{}")
    for path in (*home.rglob("*"), home):
        path.chmod(0o755 if path.is_dir() else 0o644)
    make_writable(home)
    assert wider_than_their_user(home) == []
    assert os.access(deep, os.X_OK)


def test_what_is_not_the_platforms_stays_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = home / "bin" / "program"
    program.parent.mkdir(parents=True)
    program.write_text("x")
    program.chmod(0o755)
    original = tmp_path / "original.csv"
    original.write_text("x")
    (home / "landing").mkdir()
    (home / "landing" / "link.csv").hardlink_to(original)
    (home / "landing" / "symbolic.csv").symlink_to(program)
    home.chmod(0o1777)
    make_writable(home)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (home, program, original)]
    assert modes == [0o1777, 0o755, 0o644]


def test_a_home_that_cannot_be_written_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    platform = open_local(Settings(home), load_problem("titanic"))
    platform.queue.publish(LANDING, b"x")
    delivery = platform.queue.lease()
    assert delivery is not None
    platform.queue.refuse(delivery, "a reason", final=True)
    platform.queue.close()

    def times() -> dict[Path, int]:
        # On a disk that is writable after all, SQLite makes its own two files.
        paths = (path for path in home.rglob("*") if path.name[-4:] not in {"-shm", "-wal"})
        return {path: path.stat().st_mtime_ns for path in paths}

    before = times()
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write everywhere
    read = open_local(Settings(home), load_problem("titanic"), reading=True)
    assert [letter.reason for letter in read.dead_letters()] == ["a reason"]
    read.queue.close()
    assert times() == before


def test_an_empty_home_that_cannot_be_written_has_no_dead_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    read = open_local(Settings(tmp_path), load_problem("titanic"), reading=True)
    assert read.dead_letters() == []
    assert list(tmp_path.iterdir()) == []


def test_a_home_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unavailable, match="cannot be written"):
        make_writable(tmp_path / "file" / "home")
