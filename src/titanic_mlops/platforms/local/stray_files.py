"""Files in the landing folder that nothing reads: each is named once, with the reason."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from pathlib import Path

from titanic_mlops.adapters.local.landing_folder import LandingFolder


class StrayFiles:
    """Find files outside of the folders of `served` problems, and files that are no objects."""

    def __init__(self, store: LandingFolder, served: Collection[str], declared: Collection[str]):
        self._store = store
        self._served = served
        self._declared = declared
        self._reported: set[str] = set()

    def news(self) -> Iterator[tuple[str, str]]:
        """Yield each file that no earlier call has yielded, and why nothing reads it."""
        for key, reason in self._all():
            if key not in self._reported:
                self._reported.add(key)
                yield key, reason

    def _all(self) -> Iterator[tuple[str, str]]:
        root = Path(self._store.uri("x")).parent
        readable = {key for key in self._store.names() if self._store.facts(key)}
        for where, inner, names in os.walk(root):
            inner[:] = [name for name in inner if not name.startswith(".")]
            for name in names:
                key = Path(where, name).relative_to(root).as_posix()
                if name.startswith("."):
                    continue
                if reason := self._reason(key):
                    yield key, reason
                elif key not in readable:
                    yield key, "it is not a regular file, or its name cannot name an object"

    def _reason(self, key: str) -> str:
        folder = key.partition("/")[0] if "/" in key else ""
        if folder in self._served:
            return ""
        if folder in self._declared:
            return f"{folder} is declared but not served here; {self._remedy()}"
        close = get_close_matches(folder, self._declared, n=1)
        meant = f"; did you mean {close[0]}/?" if close else ""
        return f"it lies outside of {', '.join(f'{f}/' for f in self._served)}{meant}"

    def _remedy(self) -> str:
        return f"this process serves {', '.join(self._served)} only: start it without --problem"
