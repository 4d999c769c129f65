"""Find files that arrive in the landing bucket: the local storage notification."""

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
from titanic_mlops.platforms.timing import SETTLE_SECONDS
from titanic_mlops.ports import ObjectInfo


class LandingWatch:
    """Report each version of each object whose key starts with `prefix` once.

    A file that was renamed into place is complete. A file written in place counts as complete
    when no process has it open for writing and it has not changed for `settle` seconds.
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
        """Yield the complete objects that no earlier call has yielded."""
        for info in self._store.list(self._prefix):
            if self._seen.get(info.key) != info.version and self._is_complete(info):
                yield info
                self._seen[info.key] = info.version  # after the caller has handled it

    def unreadable_files(self, folders: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield each file that no problem reads, and why; `folders` are those of problems."""
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
                    yield key, "it is not a regular file, or its name cannot name an object"

    def _is_complete(self, info: ObjectInfo) -> bool:
        with suppress(FileNotFoundError):
            path = Path(self._store.uri(info.key))
            facts = path.stat()
            # Writing sets mtime and ctime; renaming, or setting the time, only ctime.
            if facts.st_ctime_ns > facts.st_mtime_ns:
                return True
            settled = abs(self._now() - facts.st_mtime) > self._settle
            return settled and not has_writer(path)
        return False


def has_writer(path: Path) -> bool:
    """Return whether a process has the file open for writing; False where no system call tells.

    Linux grants a read lease on a file without writers. The process must ignore SIGIO, which
    Linux sends when a writer opens the file while the lease is held.
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
