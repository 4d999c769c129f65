"""A durable queue in one SQLite file: messages, leases, dead letters."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from titanic_mlops.adapters.limits import reject_unpublishable
from titanic_mlops.adapters.local.queue_file import DELIVERIES, QueueFile, due
from titanic_mlops.adapters.local.queue_statements import (
    ACKNOWLEDGE,
    COUNT_DEAD,
    DEAD,
    DEPTH,
    LEASE,
    PENDING,
    PENDING_BY_TOPIC,
    REFUSE,
    RELEASE,
)
from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.messages import DeadLetter, Delivery, Message


class SQLiteQueue(QueueFile):
    """Keep each message until a worker acknowledges it; threads and processes may share it."""

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str] = {}) -> str:
        """Append one message; return its id once it is on the disk."""
        return self.publish_all(topic, [data], attributes)[0]

    def publish_all(
        self, topic: str, messages: Sequence[bytes], attributes: Mapping[str, str] = {}
    ) -> list[str]:
        """Append messages in one transaction; return their ids once they are on the disk."""
        for data in messages:
            reject_unpublishable(topic, data, attributes)
        published, encoded = time.time(), json.dumps(dict(attributes))
        rows = [(uuid.uuid4().hex, topic, data, encoded, published) for data in messages]
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO messages (id, topic, data, attributes, published, visible)"
                " VALUES (?, ?, ?, ?, ?, 0)",
                rows,
            )
        return [name for name, *_ in rows]

    def lease(
        self, topics: Collection[str] | None = None, *, seconds: float = 60
    ) -> Delivery | None:
        """Lease the oldest pending message for `seconds`; return None when none is pending."""
        return next(iter(self.lease_many(topics, most=1, seconds=seconds)), None)

    def lease_many(
        self, topics: Collection[str] | None = None, *, most: int, seconds: float = 60
    ) -> list[Delivery]:
        """Lease up to `most` of the oldest pending messages, with one receipt."""
        now = self._now()
        terms = {
            **due(now),
            "until": now + seconds,
            "receipt": f"{os.getpid()}.{uuid.uuid4().hex}",
            "topics": _as_json(topics),
            "most": most,
        }
        with self._transaction(expire=now) as connection:
            rows = connection.execute(LEASE, terms).fetchall()
        return [Delivery(_message(row[1:6]), *row[6:]) for row in sorted(rows)]

    def acknowledge(self, *deliveries: Delivery) -> None:
        """Delete messages: they are done.

        Raises:
            Conflict: a lease has expired, and another worker holds or has finished its message.
        """
        with self._transaction() as connection:
            for receipt, lease in groupby(deliveries, key=lambda delivery: delivery.receipt):
                held = list(lease)
                names = json.dumps([delivery.message.id for delivery in held])
                done = connection.execute(ACKNOWLEDGE, {"receipt": receipt, "ids": names})
                _refuse_stale(held[0], done.rowcount, of=len(held))

    def refuse(
        self, delivery: Delivery, reason: str, *, delay_seconds: float = 0, final: bool = False
    ) -> None:
        """Make the message pending again after a delay; a dead letter after five deliveries.

        With `final` it becomes a dead letter at once.

        Raises:
            Conflict: the lease has expired, and another worker holds or has finished the message.
        """
        terms = {
            "visible": self._now() + delay_seconds,
            "reason": reason,
            "deliveries": 0 if final else DELIVERIES,
            "id": delivery.message.id,
            "receipt": delivery.receipt,
        }
        with self._transaction() as connection:
            done = connection.execute(REFUSE, terms)
        _refuse_stale(delivery, done.rowcount)

    def release_lease(self, *deliveries: Delivery, delay_seconds: float = 0) -> None:
        """Make messages pending again after a delay, without counting the delivery.

        A message whose lease has expired and that another worker holds is left to that worker.
        """
        visible = self._now() + delay_seconds
        rows = [(visible, one.message.id, one.receipt) for one in deliveries]
        with self._transaction() as connection:
            connection.executemany(RELEASE, rows)

    def depth(self, topics: Collection[str] | None = None) -> int:
        """Return how many messages are pending or leased."""
        with self._transaction(expire=self._now()) as connection:
            count = connection.execute(DEPTH, {"topics": _as_json(topics)}).fetchone()
        return int(count[0])

    def has_work(self) -> bool:
        """Return whether a message is pending, leased or about to be a dead letter.

        Only reads, without taking the write lock.
        """
        with self._reading() as connection:
            return connection.execute(PENDING, due(self._now())).fetchone() is not None

    def pending_by_topic(self) -> list[tuple[str, int, datetime]]:
        """Return topic, number of messages pending or leased, time of the oldest; only reads."""
        with self._reading() as connection:
            rows = connection.execute(PENDING_BY_TOPIC).fetchall()
        return [(topic, n, datetime.fromtimestamp(oldest, UTC)) for topic, n, oldest in rows]

    def count_dead(self) -> int:
        """Return how many dead letters the queue holds; only reads."""
        with self._reading() as connection:
            return int(connection.execute(COUNT_DEAD).fetchone()[0])

    def dead(self) -> list[DeadLetter]:
        """Return the dead letters, oldest first; a folder that cannot be written is only read."""
        if not self._writable and not self._path.exists():
            return []
        opened = self._transaction(expire=self._now()) if self._writable else self._reading()
        with opened as connection:
            rows = connection.execute(DEAD).fetchall()
        return [DeadLetter(_message(row[:5]), row[6], row[5]) for row in rows]

    def discard(self, message_id: str) -> None:
        """Delete a dead letter.

        Raises:
            NotFound: there is no such dead letter.
        """
        with self._transaction() as connection:
            gone = connection.execute("DELETE FROM messages WHERE id = ? AND dead", (message_id,))
        _refuse_missing(message_id, gone.rowcount)

    def forget_deleted_messages(self) -> None:
        """Remove from the file what deleted messages have left there."""
        with self._reading() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _refuse_stale(delivery: Delivery, rows: int, *, of: int = 1) -> None:
    if rows != of:
        message = delivery.message
        raise Conflict(
            f"message {message.id} on {message.topic}: the lease of delivery {delivery.attempt}"
            " has expired; another worker holds or has finished the message"
        )


def _refuse_missing(message_id: str, rows: int) -> None:
    if rows != 1:
        raise NotFound(f"there is no dead letter {message_id}")


def _as_json(topics: Collection[str] | None) -> str | None:
    return None if topics is None else json.dumps(sorted(topics))


def _message(row: tuple[str, str, bytes, str, float]) -> Message:
    name, topic, data, attributes, published = row
    return Message(
        name, topic, data, json.loads(attributes), datetime.fromtimestamp(published, UTC)
    )
