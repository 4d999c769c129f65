"""The folder that holds everything: it must be writable, and one `up` at a time runs on it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from filelock import FileLock, Timeout

from titanic_mlops.errors import Unavailable
from titanic_mlops.settings import HOME


def make_writable(home: Path) -> None:
    """Create the home where it is missing.

    Raises:
        Unavailable: it cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise Unavailable(
            f"{home} cannot be written ({error.strerror}); set {HOME} to a folder that can."
        ) from error


@contextmanager
def exclusive_home(home: Path) -> Iterator[Callable[[str], None]]:
    """Lock the home for one `up`; yield a function that records its address for others.

    Raises:
        Unavailable: another `up` runs on it.
    """
    note = home / "up.json"
    lock = FileLock(home / "up.lock", timeout=0)
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
