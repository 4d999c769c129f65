"""The SQLite file of a queue: connections, transactions, leases that have expired."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from titanic_mlops.adapters.local.errors import disk_errors, sqlite_errors
from titanic_mlops.adapters.local.queue_integrity import (
    Opened,
    opened,
    require_intact,
    require_readable,
)
from titanic_mlops.adapters.local.queue_statements import (
    EXPIRE_LEASE,
    INDEX,
    LEASED,
    MAKE_DEAD_LETTERS,
    SCHEMA,
)
from titanic_mlops.adapters.local.timing import LEASE_SECONDS, QUEUE_SECONDS
from titanic_mlops.adapters.local.waiting import locked
from titanic_mlops.errors import StoreDamaged

DELIVERIES = 5  # then a message is a dead letter
BUSY_MILLISECONDS = 1


class QueueFile:
    """Open the file once in each process; threads of a process share the connection.

    A call waits `patience` seconds at most for the locks of other processes. `now` returns
    seconds since the machine started, the same for all processes.
    """

    def __init__(
        self,
        path: Path,
        *,
        patience: float = QUEUE_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path.absolute()
        self._patience = patience
        self._now = now
        # By process: a forked child must neither use nor close its parent's SQLite handle.
        self._connections: dict[int, sqlite3.Connection] = {}
        self._opened: dict[int, Opened] = {}
        self._mutex = threading.Lock()

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._mutex:
            if connection := self._connections.pop(os.getpid(), None):
                connection.close()

    @property
    def _writable(self) -> bool:
        return os.access(self._path.parent, os.W_OK) or not self._path.parent.exists()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._mutex, sqlite_errors(self._path):
            connection = self._connections.get(os.getpid()) or self._open()
            self._require_readable()
            yield connection

    @contextmanager
    def _transaction(self, *, expire: float | None = None) -> Iterator[sqlite3.Connection]:
        """Write in one transaction; first end the leases that have expired at time `expire`."""
        with self._reading() as connection:
            _begin(connection, self._patience)
            try:
                if expire is not None:
                    _expire_leases_of_dead_processes(connection, expire)
                    terms = {**due(expire), "deliveries": DELIVERIES}
                    connection.execute(MAKE_DEAD_LETTERS, terms)
                yield connection
                connection.execute("COMMIT")
                self._require_readable()
            except BaseException:
                # SQLite has rolled back by itself after some errors, such as a full disk.
                is_open = self._connections.get(os.getpid()) is connection
                if is_open and connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _require_readable(self) -> None:
        """Require that other processes find what is written; else open the file anew next time."""
        process = os.getpid()
        if process not in self._opened:  # it is open for reading only
            return
        try:
            self._opened[process] = require_readable(self._path, self._opened[process])
        except (StoreDamaged, sqlite3.Error):
            self._opened.pop(process)
            self._connections.pop(process).close()
            raise

    def _open(self) -> sqlite3.Connection:
        if not self._writable:
            return self._open_read_only()
        with disk_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)  # SQLite gives its other files the mode of this one
        # Two processes that switch a new file to WAL at once can meet "database is locked".
        with locked(self._path.with_name(self._path.name + ".lock"), seconds=self._patience):
            connection = sqlite3.connect(
                self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute(SCHEMA)
                connection.execute(INDEX)
                require_intact(connection, self._path)
                connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            except (StoreDamaged, sqlite3.Error):
                connection.close()
                raise
        self._connections[os.getpid()] = connection
        self._opened[os.getpid()] = opened(self._path)
        return connection

    def _open_read_only(self) -> sqlite3.Connection:
        connection = self._connected("mode=ro")
        try:
            connection.execute("SELECT 1 FROM messages")
        except sqlite3.OperationalError:
            # Its other files are missing and cannot be made: no process has it open.
            connection.close()
            connection = self._connected("immutable=1")
        self._connections[os.getpid()] = connection
        return connection

    def _connected(self, how: str) -> sqlite3.Connection:
        address = f"{self._path.as_uri()}?{how}"
        return sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)


def due(now: float) -> dict[str, float]:
    """Return the parameters that tell a pending message from one that is hidden at `now`."""
    return {"now": now, "longest": LEASE_SECONDS}


def is_alive(process: int) -> bool:
    """Return whether a process with this id runs on this machine."""
    if sys.platform == "win32":
        return True  # os.kill would end it there; its lease expires by itself
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to another user
        return True
    return True


def _expire_leases_of_dead_processes(connection: sqlite3.Connection, now: float) -> None:
    """End the leases of processes that have died, so that no worker waits for their expiry."""
    for (receipt,) in connection.execute(LEASED, due(now)).fetchall():
        if not is_alive(int(receipt.split(".")[0])):
            connection.execute(EXPIRE_LEASE, (receipt,))


def _begin(connection: sqlite3.Connection, patience: float) -> None:
    """Take the write lock, or raise once it was busy for `patience` seconds."""
    # SQLite's own wait backs off to 100 ms; a publisher beside a busy worker starved for seconds.
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        else:
            return
