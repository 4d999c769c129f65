"""Errors of the disk and of SQLite as errors of the ports, one table each."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from titanic_mlops.errors import NotFound, PortError, Rejected, StoreDamaged, Unavailable

Mapped = type[PortError]

DISK: dict[int, tuple[Mapped, str]] = {
    errno.ENOENT: (NotFound, "there is no such file"),
    errno.ENAMETOOLONG: (Rejected, "the name is too long for this disk; use a shorter one"),
    errno.EISDIR: (Rejected, "it is a folder; a file belongs there"),
    errno.ENOTDIR: (Unavailable, "a file stands where a folder belongs; move it or choose another"),
    errno.EEXIST: (Unavailable, "a file stands where a folder belongs; move it or choose another"),
    errno.EACCES: (Unavailable, "permission denied; this user must be allowed to write it"),
    errno.EPERM: (Unavailable, "permission denied; this user must be allowed to write it"),
    errno.EROFS: (Unavailable, "the disk is read-only; mount it writable or choose another folder"),
    errno.ENOSPC: (Unavailable, "the disk is full; free some space"),
    errno.EDQUOT: (Unavailable, "the disk quota is used up; free some space"),
    errno.EMFILE: (Unavailable, "too many files are open; raise the limit (ulimit -n)"),
    errno.ENFILE: (Unavailable, "too many files are open on this machine"),
    errno.EIO: (Unavailable, "the disk failed to read or write; check it"),
}

SQLITE: dict[int, tuple[Mapped, str]] = {
    sqlite3.SQLITE_PERM: (Unavailable, "permission denied"),
    sqlite3.SQLITE_BUSY: (Unavailable, "another process holds it; try again"),
    sqlite3.SQLITE_LOCKED: (Unavailable, "another connection holds it; try again"),
    sqlite3.SQLITE_NOMEM: (Unavailable, "out of memory"),
    sqlite3.SQLITE_READONLY: (Unavailable, "it is read-only; this user must be allowed to write"),
    sqlite3.SQLITE_INTERRUPT: (Unavailable, "interrupted"),
    sqlite3.SQLITE_IOERR: (Unavailable, "the disk failed to read or write; check it"),
    sqlite3.SQLITE_CORRUPT: (StoreDamaged, "the file is damaged; restore it or move it away"),
    sqlite3.SQLITE_FULL: (Unavailable, "the disk is full; free some space"),
    sqlite3.SQLITE_CANTOPEN: (Unavailable, "it cannot be opened; its folder must be writable"),
    sqlite3.SQLITE_PROTOCOL: (Unavailable, "too many processes open it at once; try again"),
    sqlite3.SQLITE_NOLFS: (Unavailable, "the disk does not support files of this size"),
    sqlite3.SQLITE_AUTH: (Unavailable, "permission denied"),
    sqlite3.SQLITE_NOTADB: (StoreDamaged, "it is not a queue; move the file away"),
    sqlite3.SQLITE_SCHEMA: (Unavailable, "its tables were changed meanwhile; try again"),
    sqlite3.SQLITE_TOOBIG: (Rejected, "the message is too large"),
    sqlite3.SQLITE_MISMATCH: (Rejected, "a value has the wrong type"),
    sqlite3.SQLITE_CONSTRAINT: (Rejected, "a value is missing or not unique"),
}


@contextmanager
def disk_errors(where: Path | str) -> Iterator[None]:
    """Raise an OSError about `where` as an error of the ports."""
    try:
        yield
    except OSError as error:
        fallback = (Unavailable, f"{error.strerror or error}; the disk must answer")
        kind, sentence = DISK.get(error.errno or 0, fallback)
        raise kind(f"{error.filename or where}: {sentence}") from error


@contextmanager
def sqlite_errors(where: Path | str) -> Iterator[None]:
    """Raise an error of SQLite about `where` as an error of the ports."""
    try:
        yield
    except sqlite3.Error as error:
        # An extended code keeps its primary code in the lowest byte.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        kind, sentence = SQLITE.get(code, (Rejected, str(error)))
        raise kind(f"{where}: {sentence}") from error
