"""Whether the queue's file is still the one that was opened, and later readers can read it.

SQLite keeps writing to a file that was deleted or replaced, and answers from its cache what was
overwritten on the disk: a commit alone does not say that another process finds the message.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from titanic_mlops.errors import StoreDamaged

BESIDE = ("", "-wal", "-shm")
"""The file, its write-ahead log, and the index of that; SQLite needs all three."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What identifies the three files, and what of them changes by a checkpoint only."""

    identities: tuple[tuple[int, int] | None, ...]
    content: tuple[int, int]
    log_bytes: int


def opened(path: Path) -> Opened:
    """Return what the files of a queue look like now."""
    found = [_stat(Path(f"{path}{ending}")) for ending in BESIDE]
    main, log, _ = found
    return Opened(
        tuple((one.st_dev, one.st_ino) if one else None for one in found),
        (main.st_size, main.st_mtime_ns) if main else (0, 0),
        log.st_size if log else 0,
    )


def require_readable(path: Path, before: Opened) -> Opened:
    """Return what the files look like now; check them if their content is not only appended to.

    Raises:
        StoreDamaged: the file was removed, replaced or damaged since `before`.
    """
    now = opened(path)
    if now.identities != before.identities:
        raise StoreDamaged(
            f"{path}: the file was removed or replaced while it was open; what it held is lost. "
            "The next message goes to the file of that name."
        )
    if now.content != before.content or now.log_bytes < before.log_bytes:
        with closing(sqlite3.connect(path)) as reader:
            require_intact(reader, path)
    return now


def require_intact(connection: sqlite3.Connection, path: Path) -> None:
    """Read the whole file through a connection that has cached nothing.

    Raises:
        StoreDamaged: SQLite finds a fault.
    """
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreDamaged(f"{path}: the file is damaged; restore it or move it away")


def _stat(path: Path) -> os.stat_result | None:
    with suppress(OSError):
        return path.stat()
    return None
