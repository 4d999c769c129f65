"""A user's SELECT on a copy of the DuckDB file: it changes nothing and reads no other file."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from titanic_mlops.adapters.local.dialect import with_bigquery_types
from titanic_mlops.adapters.local.duckdb_errors import duckdb_errors
from titanic_mlops.adapters.local.errors import disk_errors
from titanic_mlops.errors import Unavailable
from titanic_mlops.ports import Value

CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,  # neither files nor other databases nor the network
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # A large result must leave memory and disk to the platform.
    "memory_limit": "1GB",
    "max_temp_directory_size": "2GB",
}
AGAIN_SECONDS = 0.05


def copy_files(path: Path, folder: Path) -> Path:
    """Copy a DuckDB file, and its write-ahead log if a crash left one; return the copy's path."""
    with disk_errors(path):
        for file in (path, *path.parent.glob(f"{path.name}*wal*")):
            shutil.copyfile(file, folder / file.name)
    return folder / path.name


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a temporary folder of this user alone; remove it afterwards."""
    with disk_errors("the temporary folder"):
        folder = TemporaryDirectory(prefix="titanic-mlops-")
    with folder as name:
        yield Path(name)


def select(
    copy: Path, sql: str, params: Mapping[str, Value], *, most: int, seconds: float
) -> pa.Table:
    """Return the first `most` rows of a SELECT in DuckDB's dialect; delete the copy.

    Raises: as `read`.
    """
    return read(copy, sql, params, most=most, seconds=seconds, opened=partial(_delete, copy))


def read(
    path: Path,
    sql: str,
    params: Mapping[str, Value],
    *,
    most: int,
    seconds: float,
    opened: Callable[[], None] = lambda: None,
) -> pa.Table:
    """Return the first `most` rows of a SELECT in DuckDB's dialect, once the file is `opened`.

    Raises:
        Rejected: DuckDB refuses the statement.
        Unavailable: it took longer than `seconds`, or more memory than it may.
    """
    with (
        duckdb_errors("SQL"),
        duckdb.connect(path, read_only=True, config=CONFIGURATION) as connection,
        _interrupted(connection, seconds),
    ):
        opened()
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        bounded = f"SELECT * FROM ({sql}) LIMIT {most}"
        found = connection.sql(bounded, params=dict(params)).to_arrow_table()
    try:
        return with_bigquery_types(found)
    except pa.ArrowInvalid:  # a number of more than 64 bits, which BigQuery would refuse
        return found


def _delete(copy: Path) -> None:
    """Delete a copy that is open, so that a process that is killed leaves no data behind."""
    for file in copy.parent.iterdir():
        with suppress(OSError):  # Windows deletes no open file; the folder goes later
            file.unlink()


@contextmanager
def _interrupted(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    ended = threading.Event()

    def interrupt() -> None:
        ended.wait(seconds)
        while not ended.wait(AGAIN_SECONDS):  # DuckDB forgets an interrupt between two steps
            connection.interrupt()

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise Unavailable(
            f"SQL: the statement was stopped after {seconds:g} s; let it read or join less."
        ) from error
    finally:
        ended.set()
        thread.join()
