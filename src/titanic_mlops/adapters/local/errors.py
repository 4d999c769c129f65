"""What the disk, DuckDB and SQLite report, in the words of the ports: one table each."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from titanic_mlops.errors import Conflict, NotFound, PortError, Rejected, Unavailable

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

# By name, so that nothing imports DuckDB before it is used. The first pattern found in the
# message decides; DuckDB tells a missing table from an existing one by its message alone.
DUCKDB: dict[str, tuple[tuple[str, Mapped], ...]] = {
    "CatalogException": (
        (r"^Catalog Error: (Table|View) with name .* does not exist", NotFound),
        (r"already exists", Conflict),
        (r"", Rejected),
    ),
    # A damaged Parquet page surfaces as a bare Error.
    "Error": ((r"", Rejected),),
    "BinderException": ((r"", Rejected),),
    "ConnectionException": ((r"", Unavailable),),
    "ConstraintException": ((r"", Rejected),),
    "ConversionException": ((r"", Rejected),),
    "DatabaseError": ((r"", Rejected),),
    "DataError": ((r"", Rejected),),
    "DependencyException": ((r"", Rejected),),
    "FatalException": ((r"", Unavailable),),
    "HTTPException": ((r"", Unavailable),),
    "IntegrityError": ((r"", Rejected),),
    "InternalError": ((r"", Unavailable),),
    "InternalException": ((r"", Unavailable),),
    "InterruptException": ((r"", Unavailable),),
    "InvalidInputException": ((r"", Rejected),),
    "InvalidTypeException": ((r"", Rejected),),
    "IOException": ((r"", Unavailable),),
    "NotImplementedException": ((r"", Rejected),),
    "NotSupportedError": ((r"", Rejected),),
    "OperationalError": ((r"", Unavailable),),
    "OutOfMemoryException": ((r"", Unavailable),),
    "OutOfRangeException": ((r"", Rejected),),
    "ParserException": ((r"", Rejected),),
    "PermissionException": ((r"", Unavailable),),
    "ProgrammingError": ((r"", Rejected),),
    "ResourceInUseException": ((r"", Unavailable),),
    "SequenceException": ((r"", Rejected),),
    "SerializationException": ((r"", Unavailable),),
    "SyntaxException": ((r"", Rejected),),
    "TransactionException": ((r"", Unavailable),),
    "TypeMismatchException": ((r"", Rejected),),
}

SQLITE: dict[int, tuple[Mapped, str]] = {
    sqlite3.SQLITE_PERM: (Unavailable, "permission denied"),
    sqlite3.SQLITE_BUSY: (Unavailable, "another process holds it; try again"),
    sqlite3.SQLITE_LOCKED: (Unavailable, "another connection holds it; try again"),
    sqlite3.SQLITE_NOMEM: (Unavailable, "out of memory"),
    sqlite3.SQLITE_READONLY: (Unavailable, "it is read-only; this user must be allowed to write"),
    sqlite3.SQLITE_INTERRUPT: (Unavailable, "interrupted"),
    sqlite3.SQLITE_IOERR: (Unavailable, "the disk failed to read or write; check it"),
    sqlite3.SQLITE_CORRUPT: (Unavailable, "the file is damaged; restore it or move it away"),
    sqlite3.SQLITE_FULL: (Unavailable, "the disk is full; free some space"),
    sqlite3.SQLITE_CANTOPEN: (Unavailable, "it cannot be opened; its folder must be writable"),
    sqlite3.SQLITE_PROTOCOL: (Unavailable, "too many processes open it at once; try again"),
    sqlite3.SQLITE_NOLFS: (Unavailable, "the disk does not support files of this size"),
    sqlite3.SQLITE_AUTH: (Unavailable, "permission denied"),
    sqlite3.SQLITE_NOTADB: (Unavailable, "it is not a queue; move the file away"),
    sqlite3.SQLITE_SCHEMA: (Unavailable, "its tables were changed meanwhile; try again"),
    sqlite3.SQLITE_TOOBIG: (Rejected, "the message is too large"),
    sqlite3.SQLITE_MISMATCH: (Rejected, "a value has the wrong type"),
    sqlite3.SQLITE_CONSTRAINT: (Rejected, "a value is missing or not unique"),
}


@contextmanager
def disk_errors(where: Path | str) -> Iterator[None]:
    """Raise what the disk reports about `where` as an error of the ports."""
    try:
        yield
    except OSError as error:
        fallback = (Unavailable, f"{error.strerror or error}; the disk must answer")
        kind, sentence = DISK.get(error.errno or 0, fallback)
        raise kind(f"{error.filename or where}: {sentence}") from error


@contextmanager
def duckdb_errors(where: Path | str) -> Iterator[None]:
    """Raise what DuckDB reports about `where` as an error of the ports."""
    import duckdb  # noqa: PLC0415 - on use only, --help must be quick

    try:
        yield
    except duckdb.Error as error:
        rows = DUCKDB.get(type(error).__name__, ((r"", Unavailable),))
        kind = next(kind for pattern, kind in rows if re.search(pattern, str(error)))
        # The lines below the first quote the statement, single quotes in it a value: perhaps a
        # person's.
        sentence = re.sub(r"'[^']*'", "'…'", str(error).splitlines()[0])
        raise kind(f"{where}: {sentence}") from error


@contextmanager
def sqlite_errors(where: Path | str) -> Iterator[None]:
    """Raise what SQLite reports about `where` as an error of the ports."""
    try:
        yield
    except sqlite3.Error as error:
        # An extended code keeps its primary code in the lowest byte.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        kind, sentence = SQLITE.get(code, (Rejected, str(error)))
        raise kind(f"{where}: {sentence}") from error


@contextmanager
def locked(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock file `path` against threads and processes; a dead holder frees it.

    Raises:
        Unavailable: somebody else held it for longer than `seconds`.
    """
    lock = FileLock(path, timeout=seconds, poll_interval=0.005)
    try:
        with disk_errors(path):
            lock.acquire()
    except Unavailable as error:
        if isinstance(error.__cause__, Timeout):
            sentence = f"{path}: held by another process for {seconds:g} s; it must finish first"
            raise Unavailable(sentence) from error
        raise
    try:
        yield
    finally:
        lock.release()
