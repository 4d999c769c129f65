"""Wait for files that other processes hold, and say so."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from titanic_mlops.adapters.local.errors import disk_errors
from titanic_mlops.adapters.local.timing import NOTICE_AGAIN_SECONDS, NOTICE_SECONDS
from titanic_mlops.errors import Busy

log = logging.getLogger("titanic_mlops.files")

_noticed: dict[Path, float] = {}


@contextmanager
def locked(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock file `path` against threads and processes; the system releases a dead holder's.

    Raises:
        Busy: another thread or process held it for longer than `seconds`.
    """
    lock = FileLock(path, mode=0o600, poll_interval=0.005)
    with disk_errors(path):
        try:
            lock.acquire(timeout=min(seconds, NOTICE_SECONDS))
        except Timeout:
            if seconds > NOTICE_SECONDS:
                notice_wait(path, "is held by another process", seconds)
            _acquire(lock, path, seconds)
    try:
        yield
    finally:
        lock.release()


def notice_wait(path: Path, why: str, seconds: float) -> None:
    """Log that this process waits for a file, not more than once a minute."""
    now = time.monotonic()
    if now - _noticed.get(path, float("-inf")) > NOTICE_AGAIN_SECONDS:
        _noticed[path] = now
        log.warning("%s %s; waiting for it, %g s at most.", path, why, seconds)


def _acquire(lock: FileLock, path: Path, seconds: float) -> None:
    try:
        lock.acquire(timeout=max(seconds - NOTICE_SECONDS, 0))
    except Timeout as error:
        sentence = f"{path}: another process has held it for {seconds:g} s; retry when it ends"
        raise Busy(sentence) from error
