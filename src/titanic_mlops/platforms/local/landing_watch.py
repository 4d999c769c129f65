"""Find files that arrive in the landing bucket: the local storage notification."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from titanic_mlops.adapters.local.generations import Facts
from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.platforms.timing import SETTLE_SECONDS, TICK_SECONDS
from titanic_mlops.ports import ObjectInfo


class LandingWatch:
    """Report each version of each object whose key starts with `prefix` once.

    A file is complete when no process has it open for writing and it was renamed into place or
    has not been written for `settle` seconds. Where the system does not tell who writes a file,
    it is complete when its bytes are the same after `settle` seconds.
    """

    def __init__(
        self,
        store: LandingFolder,
        prefix: str,
        *,
        settle: float = SETTLE_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._settle = settle
        self._now = now
        self._seen: dict[str, tuple[Facts, int]] = {}
        self._unsure: dict[str, tuple[int, float]] = {}

    def arrivals(self) -> Iterator[ObjectInfo]:
        """Yield the complete objects that no earlier call has yielded."""
        for key in self._store.names(self._prefix):
            facts = self._store.facts(key)
            seen, version = self._seen.get(key, (None, 0))
            if facts is None or facts == seen or not self._may_be_complete(facts):
                continue
            if info := self._complete(key):
                if info.version != version:
                    yield info
                # After the caller has handled it. If the facts are older than the admission,
                # the next look repeats it.
                self._seen[key] = (facts, info.version)

    def _may_be_complete(self, facts: Facts) -> bool:
        now = self._now()
        # A change within one tick of the disk's clock would leave the same times.
        if abs(now - facts.changed / 1e9) < TICK_SECONDS:
            return False
        # Writing sets both times; renaming, or setting the first one, sets only the second.
        return facts.changed > facts.modified or abs(now - facts.modified / 1e9) > self._settle

    def _complete(self, key: str) -> ObjectInfo | None:
        """Return the object unless a process writes it, or may do so."""
        version, since = self._unsure.get(key, (0, 0.0))
        if version and abs(self._now() - since) <= self._settle:
            return None
        admitted = self._store.admit(key, afresh=version > 0)
        if admitted is None:
            return None
        if admitted.leased or admitted.info.version == version:
            self._unsure.pop(key, None)
            return admitted.info
        self._unsure[key] = (admitted.info.version, self._now())
        return None
