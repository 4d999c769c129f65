"""Files that come into the landing bucket, found by looking: the local storage notification."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.ports import ObjectInfo

SETTLE_SECONDS = 3.0


class LandingWatch:
    """Tell once of each version of each object whose key starts with `prefix`.

    A file that was renamed into place is whole; one that is written in place is taken for
    whole when nobody has it open and nobody touched it for `settle` seconds.
    """

    def __init__(
        self,
        store: DirectoryStore,
        prefix: str,
        *,
        settle: float = SETTLE_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._settle = settle
        self._now = now
        self._seen: dict[str, int] = {}

    def arrivals(self) -> Iterator[ObjectInfo]:
        """Yield what has come since the last look."""
        for info in self._store.list(self._prefix):
            if self._seen.get(info.key) != info.version and self._is_whole(info):
                yield info
                self._seen[info.key] = info.version  # not before whoever was told has done with it

    def strays(self, folders: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield each file that nobody will ever read, and why; `folders` are looked into."""
        root = Path(self._store.uri("x")).parent
        readable = {info.key for info in self._store.list()}
        for where, inner, names in os.walk(root):
            inner[:] = [name for name in inner if not name.startswith(".")]
            for name in names:
                key = Path(where, name).relative_to(root).as_posix()
                if name.startswith("."):
                    continue
                if key.partition("/")[0] not in folders or "/" not in key:
                    yield key, f"it lies outside of {', '.join(f'{f}/' for f in folders)}"
                elif key not in readable:
                    yield (
                        key,
                        "it is no regular file here, or its name holds odd characters",
                    )

    def _is_whole(self, info: ObjectInfo) -> bool:
        with suppress(FileNotFoundError):
            path = Path(self._store.uri(info.key))
            facts = path.stat()
            # Writing sets both times, renaming and setting the time only the second.
            if facts.st_ctime_ns > facts.st_mtime_ns:
                return True
            quiet = abs(self._now() - facts.st_mtime) > self._settle
            return quiet and not has_writer(path)
        return False


def has_writer(path: Path) -> bool:
    """Return whether a process has the file open for writing, where the system can tell.

    Linux grants a read lease on a file that nobody writes; whoever asks must ignore SIGIO,
    which tells of a writer that comes while the lease is held.
    """
    if sys.platform != "linux":
        return False
    with path.open("rb") as file:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            return error.errno == errno.EAGAIN
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
