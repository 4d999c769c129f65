"""Open a DuckDB file for one operation: one process writes it at a time."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb

from titanic_mlops.adapters.local.duckdb_errors import duckdb_errors
from titanic_mlops.adapters.local.durable_files import sync_folder
from titanic_mlops.adapters.local.errors import disk_errors
from titanic_mlops.adapters.local.timing import NOTICE_SECONDS, READER_SECONDS
from titanic_mlops.adapters.local.waiting import locked, notice_wait
from titanic_mlops.errors import Busy, NotFound

HOLDER = re.compile(r"Conflicting lock is held in (.+?) \(PID (\d+)\)")
PAUSE_SECONDS = 0.05


@contextmanager
def opened(path: Path, *, patience: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file; in a folder that cannot be written, only for reading and without a lock.

    Another process of the platform is waited for `patience` seconds, another program that has
    the file open for `READER_SECONDS` at most.

    Raises:
        Busy: one of them did not end in that time.
        NotFound: the file is missing where it cannot be created.
    """
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    writable = os.access(path.parent, os.W_OK)
    if not writable and not path.exists():
        raise NotFound(f"{path}: there is no such file, and its folder cannot be written")
    lock = path.with_name(path.name + ".lock")
    with (
        locked(lock, seconds=patience) if writable else nullcontext(),
        duckdb_errors(path),
        _connected(path, min(patience, READER_SECONDS), read_only=not writable) as connection,
    ):
        # No statement of ours needs an extension; without a network, installing one hangs.
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def rewrite(path: Path, *, patience: float) -> None:
    """Copy all tables and views into a new file, without what deleted rows leave in the old one.

    Raises:
        Busy: another process has the file open.
    """
    copy = path.with_name(path.name + ".rewritten")
    with locked(path.with_name(path.name + ".lock"), seconds=patience):
        with disk_errors(copy):
            copy.unlink(missing_ok=True)  # a crash may have left it
        with duckdb_errors(path), _connected(path, patience, read_only=False) as connection:
            (name,) = connection.execute("SELECT current_database()").fetchone() or ("",)
            quoted = str(copy).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS rewritten")
            connection.execute(f'COPY FROM DATABASE "{name}" TO rewritten')
            connection.execute("DETACH rewritten")
        with disk_errors(path):
            copy.replace(path)
            sync_folder(path.parent)


def _connected(path: Path, seconds: float, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    started = time.monotonic()
    while True:
        try:
            with duckdb_errors(path):
                return duckdb.connect(path, read_only=read_only)
        except Busy as error:
            why = f"is open in another program{_holder(error)}"
            waited = time.monotonic() - started
            if waited > seconds:
                raise Busy(
                    f"{path} {why} and was for {seconds:g} s; close it there, then retry"
                ) from error
            if waited > NOTICE_SECONDS:
                notice_wait(path, why, seconds)
        time.sleep(PAUSE_SECONDS)


def _holder(error: Busy) -> str:
    found = HOLDER.search(str(error))
    return f" ({Path(found[1]).name}, process {found[2]})" if found else ""
