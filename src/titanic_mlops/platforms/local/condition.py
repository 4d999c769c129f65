"""The condition of the local platform: read its queue, measure its disk, find a running `up`."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.queue_file import is_alive
from titanic_mlops.errors import PortError
from titanic_mlops.platforms.condition import Condition, Disk, Pending, Queue, Up
from titanic_mlops.platforms.local.home import NOTE
from titanic_mlops.platforms.timing import ANSWER_SECONDS


def condition_of(home: Path, queue: SQLiteQueue) -> Condition:
    """Return the condition of the platform on `home`; nothing is changed."""
    faults = {}
    pending = None
    try:
        counted = (Pending(*row) for row in queue.pending_by_topic())
        pending = Queue(tuple(counted), queue.count_dead())
    except PortError as error:
        faults["queue"] = error.detail
    disk = None
    try:
        disk = Disk(dict(sorted(_sizes(home))), shutil.disk_usage(home).free)
    except OSError as error:
        faults["disk"] = f"{error.filename or home}: {error.strerror}."
    return Condition(str(home), pending, disk, running_up(home), faults)


def running_up(home: Path) -> Up | None:
    """Return the `up` that runs on this home, or None.

    Its lock is not asked for: an `up` that starts at that moment would be refused. Its note may
    be left from a process that was killed, so that the process must live and its port be open.
    """
    try:
        noted = json.loads((home / NOTE).read_text(encoding="utf-8"))
        up = Up(int(noted["process"]), str(noted["address"]))
        address = urlsplit(up.address)
        if is_alive(up.process):
            socket.create_connection((address.hostname, address.port), ANSWER_SECONDS).close()
            return up
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _sizes(home: Path) -> Iterator[tuple[str, int]]:
    """Yield name and bytes of each file in the home, and of each folder in one of its folders."""
    for entry in _entries(home):
        if not entry.is_dir(follow_symlinks=False):
            yield entry.name, _size(entry)
            continue
        for inner in _entries(entry.path):
            yield f"{entry.name}/{inner.name}", _size(inner)


def _size(entry: os.DirEntry[str]) -> int:
    with suppress(FileNotFoundError):  # moved or deleted meanwhile
        if entry.is_dir(follow_symlinks=False):
            return sum(map(_size, _entries(entry.path)))
        return entry.stat(follow_symlinks=False).st_size
    return 0


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return list(entries)
    return []
