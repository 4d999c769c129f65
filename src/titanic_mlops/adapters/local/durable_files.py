"""Files that are written durably and dated exactly: their bytes, their names, their versions."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from titanic_mlops.errors import Unavailable

CHUNK = 1 << 20  # bytes


def microseconds(facts: os.stat_result) -> int:
    """Return a file's modification time in microseconds since the epoch, at least 1."""
    # 0 means "no object", so a file dated 1970 or earlier has version 1.
    return max(facts.st_mtime_ns // 1000, 1)


@contextmanager
def staged(folder: Path, data: bytes | BinaryIO) -> Iterator[tuple[Path, int]]:
    """Write `data` to a hidden file of `folder`, durably; remove it unless it was renamed."""
    temporary = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("xb") as file:
            if isinstance(data, bytes):
                file.write(data)
            else:
                shutil.copyfileobj(data, file, CHUNK)
            file.flush()
            os.fsync(file.fileno())
            yield temporary, file.fileno()
    finally:
        temporary.unlink(missing_ok=True)


def stamp(descriptor: int, path: Path, *, after: int) -> tuple[int, int]:
    """Set the file's time to a version later than `after`; return it and the size in bytes.

    Raises:
        Unavailable: the disk does not keep microseconds.
    """
    version = max(time.time_ns() // 1000, after + 1)
    os.utime(descriptor, ns=(version * 1000, version * 1000))
    os.fsync(descriptor)
    facts = os.fstat(descriptor)
    if microseconds(facts) != version:
        raise Unavailable(
            f"{path}: the disk rounds a file's time to {facts.st_mtime_ns} ns; versions need"
            " a file system that keeps microseconds, such as ext4, xfs, btrfs or APFS"
        )
    return version, facts.st_size


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, and make their names durable."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    # Without this, a power failure may lose the rename, though not the bytes.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
