"""The folder that holds everything: private, writable, and one `up` at a time runs on it."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from filelock import FileLock, Timeout

from titanic_mlops.errors import Unavailable
from titanic_mlops.settings import HOME

NOTE = "up.json"
"""Name of the file in which a running `up` notes its process and address."""
OURS = re.compile(r"landing|storage|up\.(json|lock)|\w+\.(duckdb|queue\.sqlite)[\w.-]*")
"""The files and folders of the platform in its home."""
OTHERS = 0o077
"""What group and other users may do with a file."""


def keep_private() -> None:
    """Let this process and its children create files for their user alone, DuckDB's included."""
    os.umask(OTHERS)


def is_writable(home: Path) -> bool:
    """Return whether a home can be written, or does not exist yet."""
    return not home.exists() or os.access(home, os.W_OK)


def make_writable(home: Path) -> None:
    """Create the home where it is missing, and narrow an existing one to its user.

    Raises:
        Unavailable: it cannot be written.
    """
    keep_private()
    try:
        home.mkdir(parents=True, exist_ok=True)
        _narrow(home)
        with TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise Unavailable(
            f"{home} cannot be written ({error.strerror}); set {HOME} to a folder that can."
        ) from error


def _narrow(home: Path) -> None:
    """Take the platform's files from other users; files that are not ours stay as they are."""
    for path in home.iterdir():
        if OURS.fullmatch(path.name):
            _narrow_below(path)
    # A folder that all users share, such as /tmp, stays theirs.
    if not home.stat().st_mode & stat.S_ISVTX:
        _narrow_one(home)


def _narrow_below(path: Path) -> None:
    if path.is_dir() and not path.is_symlink() and path.stat().st_mode & OTHERS:
        for where, folders, names in os.walk(path):
            for name in (*folders, *names):
                _narrow_one(Path(where, name))
    _narrow_one(path)  # the folder last: after a crash, its mode tells that the rest is left


def _narrow_one(path: Path) -> None:
    with suppress(FileNotFoundError, PermissionError):  # just removed; of another user
        facts = path.lstat()
        linked = stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1  # perhaps a name elsewhere
        if facts.st_mode & OTHERS and not stat.S_ISLNK(facts.st_mode) and not linked:
            path.chmod(facts.st_mode & 0o700)


@contextmanager
def exclusive_home(home: Path) -> Iterator[Callable[[str], None]]:
    """Lock the home for one `up`; yield a function that records its address for others.

    Raises:
        Unavailable: another `up` runs on it.
    """
    note = home / NOTE
    lock = FileLock(home / "up.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise Unavailable(
            f"A platform already runs on {home}{_described(note)}. Stop it first, or set {HOME} "
            "to another folder."
        ) from None

    def record(address: str) -> None:
        note.write_text(json.dumps({"process": os.getpid(), "address": address}))

    try:
        yield record
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _described(note: Path) -> str:
    with suppress(OSError, ValueError, KeyError):
        known = json.loads(note.read_text())
        return f" (process {known['process']}, {known['address']})"
    return ""
