"""The landing folder: users write its files, and a counter numbers their contents."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from titanic_mlops.adapters.limits import parts_of
from titanic_mlops.adapters.local.durable_files import CHUNK, microseconds, sync_folder
from titanic_mlops.adapters.local.errors import disk_errors
from titanic_mlops.adapters.local.generations import Content, Facts, Generations
from titanic_mlops.adapters.local.landed_bytes import Unchanged, narrowed, sha256_of
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.read_lease import take_read_lease
from titanic_mlops.errors import NotFound, Unavailable
from titanic_mlops.ports import ObjectInfo

READS = 3
"""How often a file that changes while it is read is read before the call fails."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """An object, and whether the system vouches that no process was writing it."""

    info: ObjectInfo
    leased: bool


class LandingFolder(DirectoryStore):
    """Keep the object `key` in the file `root/key`, where users may write files themselves.

    The version is a generation: the order in which a content was first seen here. A file's
    modification time says nothing about it, since `cp -p`, `rsync -t` and `tar x` set it.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._catalogue = self._root / ".generations.sqlite"
        self._generations = Generations(self._catalogue, self._existing)
        self._held = threading.local()

    def begin(self) -> None:
        """Create the folder and its counter, so that no later file passes for an earlier one."""
        with disk_errors(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
        self._generations.begin()

    def admit(self, key: str, *, afresh: bool = False) -> Admitted | None:
        """Return the object unless a process writes it; `afresh` reads its bytes in any case."""
        with suppress(NotFound):
            content, leased = self._content(key, wait=False, afresh=afresh)
            return Admitted(_info(key, content), leased) if content else None
        return None

    def facts(self, key: str) -> Facts | None:
        """Return what the file system knows about `key`, or None."""
        path = self._root.joinpath(*parts_of(key))
        with disk_errors(path), suppress(FileNotFoundError, NotADirectoryError):
            facts = path.stat()
            if stat.S_ISREG(facts.st_mode) and self._holds(path):
                return Facts.of(facts)
        return None

    def stat(self, key: str) -> ObjectInfo | None:
        """Return the generation and size of the file's present content, or None."""
        with suppress(NotFound):
            content, _ = self._content(key)
            return _info(key, content) if content else None
        return None

    def get(
        self, key: str, *, unless_version: int | None = None
    ) -> tuple[bytes, ObjectInfo] | None:
        """Return the file's bytes, or None when `unless_version` is still its generation."""
        while True:
            info = self.stat(key)
            if info is None:
                raise NotFound(f"{key}: no such object in {self._root}")
            if info.version == unless_version:
                return None
            with suppress(NotFound), self.open(key, version=info.version) as stream:
                return stream.read(), info

    def open(self, key: str, *, version: int) -> BinaryIO:
        """Open the file; reading to its end fails if its bytes are no longer that version."""
        content, _ = self._content(key)
        path = self._root.joinpath(*parts_of(key))
        if content and content.generation == version:
            with disk_errors(path), suppress(FileNotFoundError):
                file = path.open("rb")
                if Facts.of(os.fstat(file.fileno())) == content.facts:
                    return cast("BinaryIO", BufferedReader(Unchanged(file, key, content), CHUNK))
                file.close()
        raise NotFound(f"{key}: version {version} is gone; its file was replaced or changed")

    def delete(self, key: str, *, if_version: int | None = None) -> None:
        """Remove the file; nothing happens when there is none."""
        super().delete(key, if_version=if_version)
        if self._root.is_dir():
            self._generations.forget(key)

    def _place(self, key: str, temporary: Path, descriptor: int, *, after: int) -> ObjectInfo:  # noqa: ARG002 the counter is later in any case
        path = self._root.joinpath(*parts_of(key))
        with temporary.open("rb") as written:
            digest, _ = sha256_of(written, leased=False)
        temporary.replace(path)
        sync_folder(path.parent)
        # A crash before this line leaves a file that counts as new when it is seen.
        content = self._generations.add(key, digest or "", Facts.of(os.fstat(descriptor)))
        return _info(key, content)

    def _content(
        self, key: str, *, wait: bool = True, afresh: bool = False
    ) -> tuple[Content | None, bool]:
        """Return the content of a file, and whether a lease was held while it was read.

        Without `wait` the content is None while a process writes the file.

        Raises:
            NotFound: there is no such file.
            Unavailable: it changes all the time.
        """
        for attempt in range(READS):
            # The last attempt locks out this store's own writers, who could overtake any other.
            with self._lock() if wait and attempt == READS - 1 else nullcontext():
                read = self._read_once(key, wait=wait, afresh=afresh)
            if read:
                return read
        if wait:
            raise Unavailable(f"{key} is being written; retry when it is complete")
        return None, False

    def _read_once(
        self, key: str, *, wait: bool, afresh: bool
    ) -> tuple[Content | None, bool] | None:
        """Return what `_content` does, or None when the file changed during the read.

        Raises:
            NotFound: there is no such file.
        """
        facts = self.facts(key)
        if facts is None:
            if self._catalogue.exists():
                self._generations.forget(key)
            raise NotFound(f"{key}: no such object in {self._root}")
        path = self._root.joinpath(*parts_of(key))
        with disk_errors(path), suppress(FileNotFoundError), path.open("rb") as file:
            lease = None if wait else take_read_lease(file.fileno())
            if lease is False:
                return None, False
            if not wait:
                facts = narrowed(file.fileno())
            known = self._generations.find(key)
            if known and known.facts == facts and known.sha256 and not afresh:
                return known, lease is True
            digest, undisturbed = sha256_of(file, leased=lease is True)
            if not undisturbed:
                return None, False
            with self._lock():  # `put` renames a file, then numbers it
                if digest and self.facts(key) == facts == Facts.of(os.fstat(file.fileno())):
                    return self._generations.see(key, digest, facts), lease is True
        return None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the folder's lock; a thread that holds it already goes on."""
        if getattr(self._held, "now", False):
            yield
            return
        with super()._lock():
            self._held.now = True
            try:
                yield
            finally:
                self._held.now = False

    def _existing(self) -> Iterator[tuple[str, int, Facts]]:
        """Yield the files of a folder without a counter, numbered by their time as it did."""
        for key in self.names():
            if self.facts(key):
                facts = self._root.joinpath(*parts_of(key)).stat()
                yield key, microseconds(facts), Facts.of(facts)


def _info(key: str, content: Content) -> ObjectInfo:
    return ObjectInfo(key, content.generation, content.facts.size)
