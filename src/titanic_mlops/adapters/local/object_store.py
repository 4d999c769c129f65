"""Objects as files in one directory; a file's modification time is its version."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from titanic_mlops.adapters.limits import parts_of
from titanic_mlops.adapters.local.durable_files import (
    make_folder,
    microseconds,
    staged,
    stamp,
    sync_folder,
)
from titanic_mlops.adapters.local.errors import disk_errors
from titanic_mlops.adapters.local.timing import LOCK_SECONDS
from titanic_mlops.adapters.local.waiting import locked
from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.ports import ObjectInfo


class DirectoryStore:
    """Keep the object `key` in the file `root/key`.

    The version is the file's modification time in microseconds since the epoch: the platform
    alone writes here. Names that begin with a dot are reserved
    for lock files and uploads that are not finished.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def put(self, key: str, data: bytes | BinaryIO, *, if_version: int | None = None) -> ObjectInfo:
        """Write `data` to a hidden file and rename it into place."""
        path = self._root.joinpath(*parts_of(key))
        with disk_errors(path):
            self._refuse_unwritable(key, path)
            make_folder(path.parent)
            with staged(path.parent, data) as (temporary, descriptor), self._lock():
                self._refuse_unwritable(key, path)
                stored = self._version(key)
                _refuse_other_version(key, stored, if_version)
                return self._place(key, temporary, descriptor, after=stored)

    def get(
        self, key: str, *, unless_version: int | None = None
    ) -> tuple[bytes, ObjectInfo] | None:
        """Return the file's bytes, or None when `unless_version` is still its version."""
        with self._opened(key) as (stream, info):
            return None if info.version == unless_version else (stream.read(), info)

    def open(self, key: str, *, version: int) -> BinaryIO:
        """Open the file; a later `put` replaces the file and leaves the open one unchanged."""
        with self._opened(key, keep=True) as (stream, info):
            if info.version != version:
                stream.close()
                raise NotFound(f"{key}: version {version} is gone, {info.version} is stored now")
            return stream

    def stat(self, key: str) -> ObjectInfo | None:
        """Return what the file system knows about `key`, or None."""
        path = self._root.joinpath(*parts_of(key))
        with disk_errors(path), suppress(FileNotFoundError, NotADirectoryError):
            facts = path.stat()
            if stat.S_ISREG(facts.st_mode) and self._holds(path):
                return self._info(key, facts)
        return None

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Yield the files whose key starts with `prefix`, sorted by key."""
        for key in self.names(prefix):
            if info := self.stat(key):
                yield info

    def names(self, prefix: str = "") -> tuple[str, ...]:
        """Return the names of files that start with `prefix`, sorted; a pipe or link may be one."""
        return tuple(sorted(self._keys(prefix)))

    def delete(self, key: str, *, if_version: int | None = None) -> None:
        """Remove the file; nothing happens when there is none."""
        path = self._root.joinpath(*parts_of(key))
        if self.stat(key) is None:
            return
        with disk_errors(path), self._lock():
            if stored := self._version(key):
                _refuse_other_version(key, stored, if_version)
                path.unlink()
                sync_folder(path.parent)

    def uri(self, key: str) -> str:
        """Return the file's absolute path: DuckDB does not decode a `file://` address."""
        return str(self._root.joinpath(*parts_of(key)))

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with locked(self._root / ".lock", seconds=LOCK_SECONDS):
            yield

    @contextmanager
    def _opened(self, key: str, *, keep: bool = False) -> Iterator[tuple[BinaryIO, ObjectInfo]]:
        path = self._root.joinpath(*parts_of(key))
        # Checked before opening: opening a named pipe blocks until it has a writer.
        if self.stat(key) is None:
            raise NotFound(f"{key}: no such object in {self._root}")
        with disk_errors(path):
            stream = path.open("rb")
            try:
                yield stream, self._info(key, os.fstat(stream.fileno()))
            finally:
                if not keep:
                    stream.close()

    def _place(self, key: str, temporary: Path, descriptor: int, *, after: int) -> ObjectInfo:
        """Rename a finished file into place, as a version later than `after`."""
        path = self._root.joinpath(*parts_of(key))
        info = ObjectInfo(key, *stamp(descriptor, path, after=after))
        temporary.replace(path)
        sync_folder(path.parent)
        return info

    def _info(self, key: str, facts: os.stat_result) -> ObjectInfo:
        return ObjectInfo(key, microseconds(facts), facts.st_size)

    def _version(self, key: str) -> int:
        info = self.stat(key)
        return info.version if info else 0

    def _holds(self, path: Path) -> bool:
        # A symbolic link may lead out of the directory; only files below it are objects.
        return path.resolve().is_relative_to(self._root.resolve())

    def _refuse_unwritable(self, key: str, path: Path) -> None:
        if not self._holds(path):
            raise Rejected(f"{key}: a symbolic link leads out of {self._root}; remove the link")
        if path.is_dir():
            raise Rejected(f"{key}: is a folder in {self._root}; an object needs its own name")
        for folder in path.parents:
            if folder == self._root:
                return
            if folder.exists() and not folder.is_dir():
                name = folder.relative_to(self._root).as_posix()
                raise Rejected(f"{key}: {name} is an object, not a folder; use another name")

    def _keys(self, prefix: str) -> Iterator[str]:
        folder = prefix.rpartition("/")[0]
        try:
            start = self._root.joinpath(*parts_of(folder)) if folder else self._root
        except Rejected:
            return  # no object can have such a name
        if not self._holds(start):
            return
        for where, folders, names in os.walk(start):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                key = Path(where, name).relative_to(self._root).as_posix()
                if key.startswith(prefix) and _is_key(key):
                    yield key


def _is_key(key: str) -> bool:
    try:
        return bool(parts_of(key))
    except Rejected:
        return False


def _refuse_other_version(key: str, stored: int, wanted: int | None) -> None:
    if wanted is not None and stored != wanted:
        found = f"version {stored} is stored" if stored else "nothing is stored"
        expected = f"version {wanted}" if wanted else "nothing"
        raise Conflict(f"{key}: {found}, {expected} was expected; read it again, then decide")
