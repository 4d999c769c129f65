"""The bytes of a landed file: read while no process writes it, compared when read again."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from io import RawIOBase
from typing import BinaryIO

from titanic_mlops.adapters.local.durable_files import CHUNK
from titanic_mlops.adapters.local.generations import Content, Facts
from titanic_mlops.adapters.local.read_lease import holds_read_lease
from titanic_mlops.errors import NotFound


class Unchanged(RawIOBase):
    """A file whose end cannot be read when its bytes were not the known content."""

    def __init__(self, file: BinaryIO, key: str, content: Content) -> None:
        self._file = file
        self._key = key
        self._content = content
        self._digest = sha256()

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override] # of typeshed's private type
        """Read the next bytes; at the end, compare all of them with the known content."""
        if data := self._file.read(len(buffer)):
            buffer[: len(data)] = data
            self._digest.update(data)
            return len(data)
        if self._content.sha256 not in {"", self._digest.hexdigest()}:
            raise NotFound(f"{self._key}: its bytes changed while they were read")
        return 0


def narrowed(descriptor: int) -> Facts:
    """Take a file from other users, unless another name shares it; return its facts then."""
    facts = os.fstat(descriptor)
    if facts.st_mode & 0o077 and facts.st_nlink == 1:
        with suppress(OSError):  # it belongs to another user
            os.fchmod(descriptor, 0o600)
    return Facts.of(os.fstat(descriptor))


def sha256_of(file: BinaryIO, *, leased: bool) -> tuple[str, bool]:
    """Return the hash of a file, and False instead as soon as a process wants to write it."""
    digest = sha256()
    while chunk := file.read(CHUNK):
        if leased and not holds_read_lease(file.fileno()):
            return "", False
        digest.update(chunk)
    return digest.hexdigest(), not leased or holds_read_lease(file.fileno())
