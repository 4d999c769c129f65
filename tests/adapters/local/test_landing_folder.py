"""How contents of the landing folder are numbered, whatever the times of its files say."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from threading import Thread

import pytest

from titanic_mlops.adapters.local.generations import FIRST_GENERATION, Facts
from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.errors import NotFound, Unavailable

KEY = "titanic/a.csv"
THEN = (1_700_000_000, 1_700_000_000)
YEAR_2100 = 4_102_444_800


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "landing" / "titanic").mkdir(parents=True)
    return tmp_path / "landing"


@pytest.fixture
def folder(root: Path) -> LandingFolder:
    return LandingFolder(root)


def version(folder: LandingFolder, key: str = KEY) -> int:
    info = folder.stat(key)
    assert info is not None
    return info.version


def copy_over(source: Path, target: Path) -> None:
    shutil.copy2(source, target)  # as `cp -p` does


def rename_over(source: Path, target: Path) -> None:
    aside = target.with_name(".a.csv.Xy12")  # as `rsync -t` does
    shutil.copy2(source, aside)
    aside.rename(target)


def extract_over(source: Path, target: Path) -> None:
    archive = source.with_suffix(".tar")
    with tarfile.open(archive, "w") as tar:
        tar.add(source, target.name)
    with tarfile.open(archive) as tar:
        tar.extractall(target.parent, filter="data")


@pytest.mark.parametrize("write", [copy_over, rename_over, extract_over])
def test_other_bytes_with_equal_times_are_a_new_generation(
    write: object, folder: LandingFolder, root: Path, tmp_path: Path
) -> None:
    assert callable(write)
    versions = []
    for text in ("A", "B", "A"):
        source = tmp_path / "source.csv"
        source.write_text(text)
        os.utime(source, THEN)
        write(source, root / KEY)
        versions.append(version(folder))
        assert folder.get(KEY) == (text.encode(), folder.stat(KEY))
    assert versions == sorted(set(versions))


def test_the_order_of_arrival_counts_not_the_dates(folder: LandingFolder, root: Path) -> None:
    folder.put("first", b"x")
    versions = []
    for seconds in (YEAR_2100, 0, 1_700_000_000):
        (root / KEY).write_text(str(seconds))
        os.utime(root / KEY, (seconds, seconds))
        versions.append(version(folder))
    versions.append(folder.put(KEY, b"a command's").version)
    assert versions == sorted(set(versions))


def test_a_change_of_mode_or_place_is_no_new_generation(
    folder: LandingFolder, root: Path, tmp_path: Path
) -> None:
    first = folder.put(KEY, b"A").version
    (root / KEY).chmod(0o640)
    assert version(folder) == first
    moved = Path(shutil.copytree(root, tmp_path / "moved"))
    assert version(LandingFolder(moved)) == first


def test_the_same_bytes_with_a_later_time_are_a_new_generation(
    folder: LandingFolder, root: Path
) -> None:
    first = folder.put(KEY, b"A").version
    os.utime(root / KEY, (YEAR_2100, YEAR_2100))
    assert version(folder) > first


@pytest.mark.parametrize("copy", [shutil.copy2, shutil.copyfile])
def test_a_copied_folder_keeps_its_generations(
    folder: LandingFolder, root: Path, copy: Callable[[str, str], object]
) -> None:
    """After the copy, only a file that is written again has a new generation."""
    same = folder.put(KEY, b"bytes").version
    other = folder.put("titanic/other.csv", b"other").version
    moved = root.with_name("moved")
    shutil.copytree(root, moved, copy_function=copy)
    copied = LandingFolder(moved)
    assert version(copied) == same
    (moved / "titanic/other.csv").write_bytes(b"changed")
    assert version(copied, "titanic/other.csv") > other
    os.utime(moved / KEY, ns=(1, 1))
    assert version(copied) > same


def test_bytes_that_come_back_after_a_loss_are_new(folder: LandingFolder, root: Path) -> None:
    first = folder.put(KEY, b"A")
    kept = root.parent / "kept.csv"
    shutil.copy2(root / KEY, kept)
    (root / KEY).unlink()
    with pytest.raises(NotFound):
        folder.open(KEY, version=first.version)
    shutil.copy2(kept, root / KEY)
    assert version(folder) > first.version


def test_files_of_earlier_homes_keep_their_generation_and_are_older(root: Path) -> None:
    for name, seconds in (("old", 0), ("now", 1_700_000_000), ("late", YEAR_2100)):
        (root / name).write_text(name)
        os.utime(root / name, (seconds, seconds))
    folder = LandingFolder(root)
    known = {name: version(folder, name) for name in ("old", "now", "late")}
    assert known == {"old": 1, "now": 1_700_000_000 * 10**6, "late": YEAR_2100 * 10**6}
    (root / "now").chmod(0o600)
    assert version(folder, "now") == known["now"]
    (root / "now").write_text("NOW")
    os.utime(root / "now", THEN)
    assert version(folder, "now") > known["late"]
    assert folder.put("new", b"x").version > FIRST_GENERATION > known["late"]


def test_a_lost_catalogue_does_not_repeat_generations(folder: LandingFolder, root: Path) -> None:
    first = [folder.put(KEY, bytes([number])).version for number in range(3)]
    (root / ".generations.sqlite").unlink()
    (root / KEY).unlink()
    assert LandingFolder(root).put(KEY, b"x").version > max(first)


def test_a_clock_set_back_does_not_repeat_generations(
    folder: LandingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = folder.put(KEY, b"1").version
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert folder.put(KEY, b"2").version == first + 1


def test_a_damaged_catalogue_is_named(folder: LandingFolder, root: Path) -> None:
    (root / ".generations.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable, match=r"generations\.sqlite"):
        folder.put(KEY, b"x")


PUT = """
import os, sys
from pathlib import Path
from titanic_mlops.adapters.local.landing_folder import LandingFolder
folder = LandingFolder(Path(sys.argv[1]))
for number in range(20):
    print(folder.put(f"titanic/{sys.argv[2]}.csv", str(number).encode()).version, flush=True)
os.kill(os.getpid(), 9)
"""


def test_two_killed_processes_never_share_a_generation(root: Path, folder: LandingFolder) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PUT, str(root), name], env=environment, stdout=subprocess.PIPE
        )
        for name in ("a", "b")
    ]
    numbers = [list(map(int, process.communicate()[0].split())) for process in both]
    assert [process.returncode for process in both] == [-9, -9]
    assert len(set(numbers[0]) | set(numbers[1])) == 40
    assert folder.put(KEY, b"x").version > max(map(max, numbers))


def test_a_crash_before_the_number_makes_the_file_new(folder: LandingFolder, root: Path) -> None:
    first = folder.put(KEY, b"1").version
    with sqlite3.connect(root / ".generations.sqlite") as catalogue:
        catalogue.execute("UPDATE contents SET inode = 0, sha256 = 'of the file before'")
    catalogue.close()
    assert version(folder) > first


def test_a_file_changed_while_it_is_read_is_gone(folder: LandingFolder, root: Path) -> None:
    size = 3 << 20
    info = folder.put(KEY, b"A" * size)
    with folder.open(KEY, version=info.version) as stream:
        stream.read(10)
        with (root / KEY).open("r+b") as file:
            file.seek(size - 1)
            file.write(b"B")
        os.utime(root / KEY, THEN)
        with pytest.raises(NotFound, match="changed while"):
            stream.read()
    with pytest.raises(NotFound):
        folder.open(KEY, version=info.version)


def test_writers_of_the_folder_do_not_overtake_a_reader_for_ever(
    folder: LandingFolder, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.put(KEY, b"0")
    other, looked = LandingFolder(root), count(1)
    real = folder.facts

    def overtaken(key: str) -> Facts | None:
        facts, number = real(key), next(looked)
        if number % 2:  # before the bytes are read; then they are compared with these facts
            writer = Thread(target=other.put, args=(key, str(number).encode()), daemon=True)
            writer.start()
            writer.join(0.5)  # a folder that is locked makes it wait
        return facts

    monkeypatch.setattr(folder, "facts", overtaken)
    assert version(folder) > FIRST_GENERATION
