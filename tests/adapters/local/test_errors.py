"""The tables of foreign errors leave nothing out."""

from __future__ import annotations

import errno
import inspect
import sqlite3

import duckdb
import pytest

from titanic_mlops.adapters.local.duckdb_errors import DUCKDB, duckdb_errors
from titanic_mlops.adapters.local.errors import DISK, SQLITE, disk_errors, sqlite_errors
from titanic_mlops.errors import Conflict, NotFound, PortError, Rejected, Unavailable

CLASSES = {
    name
    for name, found in vars(duckdb).items()
    if inspect.isclass(found) and issubclass(found, duckdb.Error)
}
# What cannot reach a caller: success, steps of a cursor, mistakes in our own SQL.
NOT_ERRORS = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_INTERNAL,
    sqlite3.SQLITE_ABORT,
    sqlite3.SQLITE_NOTFOUND,
    sqlite3.SQLITE_EMPTY,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_RANGE,
}


def test_the_table_lists_exactly_the_exceptions_of_duckdb() -> None:
    assert set(DUCKDB) == CLASSES


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_exception_of_duckdb_becomes_one_of_ours(name: str) -> None:
    with pytest.raises(PortError, match=r"^here: it broke$"), duckdb_errors("here"):
        raise getattr(duckdb, name)("it broke\nLINE 1: 'a personal value'")


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        ("IOException", "Could not set lock on file", Unavailable),
        ("IOException", "No space left on device", Unavailable),
        ("PermissionException", "no", Unavailable),
        ("OutOfMemoryException", "no", Unavailable),
        ("CatalogException", "Catalog Error: Table with name x does not exist!", NotFound),
        (
            "CatalogException",
            "Catalog Error: Scalar Function with name x does not exist!",
            Rejected,
        ),
        ("CatalogException", 'Catalog Error: Table with name "x" already exists!', Conflict),
        ("ConstraintException", "NOT NULL constraint failed", Rejected),
        ("ParserException", "syntax error", Rejected),
    ],
)
def test_an_exception_of_duckdb_says_whether_a_retry_can_help(
    name: str, message: str, expected: type[PortError]
) -> None:
    with pytest.raises(expected), duckdb_errors("here"):
        raise getattr(duckdb, name)(message)


def test_every_result_code_of_sqlite_is_in_the_table() -> None:
    assert set(range(1, 27)) == set(SQLITE) | NOT_ERRORS


@pytest.mark.parametrize("name", ["BUSY", "FULL", "READONLY", "CANTOPEN", "LOCKED", "IOERR"])
def test_a_retryable_error_of_sqlite_is_unavailable(name: str) -> None:
    error = sqlite3.OperationalError("it broke")
    error.sqlite_errorcode = getattr(sqlite3, f"SQLITE_{name}") | 0x300  # an extended code
    with pytest.raises(Unavailable, match=r"^here: "), sqlite_errors("here"):
        raise error


@pytest.mark.parametrize("name", ["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOTDIR", "EIO"])
def test_a_fault_of_the_disk_is_unavailable_and_says_what_to_do(name: str) -> None:
    with pytest.raises(Unavailable, match=r"^here: .*[a-z]"), disk_errors("here"):
        raise OSError(getattr(errno, name), "it broke")
    assert DISK[getattr(errno, name)][1]


def test_a_missing_file_is_not_found() -> None:
    with pytest.raises(NotFound, match="there is no such file"), disk_errors("here"):
        raise FileNotFoundError(errno.ENOENT, "it broke")


def test_an_unlisted_fault_of_the_disk_is_retryable() -> None:
    with pytest.raises(Unavailable, match="it broke"), disk_errors("here"):
        raise OSError(errno.EXDEV, "it broke")
