"""A durable queue in one SQLite file: messages, leases, dead letters."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from titanic_mlops.adapters.local.errors import disk_errors, locked, sqlite_errors
from titanic_mlops.adapters.local.messages import DeadLetter, Delivery
from titanic_mlops.adapters.local.processes import is_alive
from titanic_mlops.adapters.local.queue_statements import (
    ACKNOWLEDGE,
    BURY,
    DEAD,
    DEPTH,
    FREE,
    GIVE_BACK,
    LEASE,
    LEASED,
    REFUSE,
    SCHEMA,
    WAITING,
)
from titanic_mlops.adapters.publishing import refuse_unpublishable
from titanic_mlops.errors import Conflict, NotFound

DELIVERIES = 5  # as on Google Cloud, then a dead letter
RETRY_MILLISECONDS = 1


class SQLiteQueue:
    """Keep messages until somebody acknowledges them; threads and processes may share it.

    A call waits `patience` seconds at most for another process to let go of the file.
    """

    def __init__(
        self, path: Path, *, patience: float = 30.0, now: Callable[[], float] = time.time
    ) -> None:
        self._path = path.absolute()
        self._patience = patience
        self._now = now
        # By process: SQLite's handles must neither be used nor closed by a forked child.
        self._connections: dict[int, sqlite3.Connection] = {}
        self._mutex = threading.Lock()

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str] = {}) -> str:
        """Append one message; return its id once it is on the disk."""
        return self.publish_all(topic, [data], attributes)[0]

    def publish_all(
        self, topic: str, messages: Sequence[bytes], attributes: Mapping[str, str] = {}
    ) -> list[str]:
        """Append messages in one transaction; return their ids once they are on the disk."""
        for data in messages:
            refuse_unpublishable(topic, data, attributes)
        now, said = self._now(), json.dumps(dict(attributes))
        rows = [(uuid.uuid4().hex, topic, data, said, now, now) for data in messages]
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO messages (id, topic, data, attributes, published, visible)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
        return [name for name, *_ in rows]

    def lease(
        self, topics: Collection[str] | None = None, *, seconds: float = 60
    ) -> Delivery | None:
        """Borrow the oldest message that nobody holds, for `seconds`; None when there is none."""
        return next(iter(self.lease_many(topics, most=1, seconds=seconds)), None)

    def lease_many(
        self, topics: Collection[str] | None = None, *, most: int, seconds: float = 60
    ) -> list[Delivery]:
        """Borrow up to `most` of the oldest messages that nobody holds, as one lease."""
        now = self._now()
        terms = {
            "now": now,
            "until": now + seconds,
            "receipt": f"{os.getpid()}.{uuid.uuid4().hex}",
            "topics": _as_json(topics),
            "most": most,
        }
        with self._transaction(bury=now) as connection:
            rows = connection.execute(LEASE, terms).fetchall()
        return [Delivery(*_decoded(row[1:])) for row in sorted(rows)]

    def acknowledge(self, *deliveries: Delivery) -> None:
        """Forget messages: they are done.

        Raises:
            Conflict: the lease ran out and a message is somebody else's by now.
        """
        with self._transaction() as connection:
            for receipt, lease in groupby(deliveries, key=lambda delivery: delivery.receipt):
                held = list(lease)
                names = json.dumps([delivery.id for delivery in held])
                done = connection.execute(ACKNOWLEDGE, {"receipt": receipt, "ids": names})
                _refuse_stale(held[0], done.rowcount, of=len(held))

    def refuse(
        self, delivery: Delivery, reason: str, *, delay_seconds: float = 0, for_good: bool = False
    ) -> None:
        """Put the message back; after the fifth delivery, or `for_good`, it is a dead letter.

        Raises:
            Conflict: the lease ran out and the message is somebody else's by now.
        """
        terms = {
            "visible": self._now() + delay_seconds,
            "reason": reason,
            "deliveries": 0 if for_good else DELIVERIES,
            "id": delivery.id,
            "receipt": delivery.receipt,
        }
        with self._transaction() as connection:
            done = connection.execute(REFUSE, terms)
        _refuse_stale(delivery, done.rowcount)

    def give_back(self, *deliveries: Delivery) -> None:
        """Put messages back as if they had not been lent; one that is somebody else's stays so."""
        with self._transaction() as connection:
            connection.executemany(GIVE_BACK, [(one.id, one.receipt) for one in deliveries])

    def depth(self, topics: Collection[str] | None = None) -> int:
        """Return how many messages are neither done nor dead."""
        with self._transaction(bury=self._now()) as connection:
            count = connection.execute(DEPTH, {"topics": _as_json(topics)}).fetchone()
        return int(count[0])

    def is_waiting(self) -> bool:
        """Return whether a lease or a burial may find something; reads only, and takes no lock."""
        with self._mutex, sqlite_errors(self._path):
            connection = self._connections.get(os.getpid()) or self._open()
            return connection.execute(WAITING, {"now": self._now()}).fetchone() is not None

    def dead(self) -> list[DeadLetter]:
        """Return the dead letters, oldest first."""
        with self._transaction(bury=self._now()) as connection:
            rows = connection.execute(DEAD).fetchall()
        return [DeadLetter(*_decoded(row)) for row in rows]

    def discard(self, message_id: str) -> None:
        """Forget a dead letter.

        Raises:
            NotFound: there is no such dead letter.
        """
        with self._transaction() as connection:
            gone = connection.execute("DELETE FROM messages WHERE id = ? AND dead", (message_id,))
        _refuse_missing(message_id, gone.rowcount)

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        with self._mutex:
            if connection := self._connections.pop(os.getpid(), None):
                connection.close()

    @contextmanager
    def _transaction(self, *, bury: float | None = None) -> Iterator[sqlite3.Connection]:
        with self._mutex, sqlite_errors(self._path):
            connection = self._connections.get(os.getpid()) or self._open()
            _begin(connection, self._patience)
            try:
                if bury is not None:
                    _free_leases_of_the_dead(connection, bury)
                    connection.execute(BURY, {"now": bury, "deliveries": DELIVERIES})
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # A full disk may have rolled back already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        with disk_errors(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes that switch a new file to WAL at once may meet "database is locked".
        with locked(self._path.with_name(self._path.name + ".lock"), seconds=self._patience):
            connection = sqlite3.connect(
                self._path, timeout=self._patience, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute(SCHEMA)
                connection.execute(
                    "CREATE INDEX IF NOT EXISTS waiting ON messages (dead, visible, seq)"
                )
                connection.execute(f"PRAGMA busy_timeout = {RETRY_MILLISECONDS}")
            except sqlite3.Error:
                connection.close()
                raise
        self._connections[os.getpid()] = connection
        return connection


def _free_leases_of_the_dead(connection: sqlite3.Connection, now: float) -> None:
    """End the leases of processes that are no more: nobody has to wait for them to run out."""
    for (receipt,) in connection.execute(LEASED, (now,)).fetchall():
        if not is_alive(int(receipt.split(".")[0])):
            connection.execute(FREE, (now, receipt))


def _begin(connection: sqlite3.Connection, patience: float) -> None:
    """Take the write lock, or raise once it was not free for `patience` seconds."""
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


def _refuse_stale(delivery: Delivery, rows: int, *, of: int = 1) -> None:
    if rows != of:
        raise Conflict(
            f"message {delivery.id} on {delivery.topic}: the lease of delivery {delivery.attempt}"
            " is over; somebody else holds or has finished it"
        )


def _refuse_missing(message_id: str, rows: int) -> None:
    if rows != 1:
        raise NotFound(f"there is no dead letter {message_id}")


def _as_json(topics: Collection[str] | None) -> str | None:
    return None if topics is None else json.dumps(sorted(topics))


def _decoded(
    row: tuple[str, str, bytes, str, float, int, str],
) -> tuple[str, str, bytes, dict[str, str], datetime, int, str]:
    name, topic, data, attributes, published, attempt, last = row
    at = datetime.fromtimestamp(published, UTC)
    return name, topic, data, json.loads(attributes), at, attempt, last
