"""Files that come into the landing bucket, found by looking: the local storage notification."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.ports import ObjectInfo

SETTLE_SECONDS = 3.0


class LandingWatch:
    """Tell once of each version of each object whose key starts with `prefix`.

    A file that was renamed into place is whole; one that is written in place is taken for
    whole when nobody touched it for `settle` seconds.
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

    def _is_whole(self, info: ObjectInfo) -> bool:
        with suppress(FileNotFoundError):
            facts = Path(self._store.uri(info.key)).stat()
            # Writing sets both times, renaming and setting the time only the second.
            renamed = facts.st_ctime_ns > facts.st_mtime_ns
            return renamed or abs(self._now() - facts.st_mtime) > self._settle
        return False
