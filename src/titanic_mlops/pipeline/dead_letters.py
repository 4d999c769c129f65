"""Dead letters: rows of a table, until a user replays or discards them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from titanic_mlops.errors import EventUnreadable, NotFound, Rejected
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import file_id_of
from titanic_mlops.messages import DeadLetter, Message, topic_of
from titanic_mlops.pipeline.file_decisions import end_file
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import DEAD_LETTERS

_SAME = ("subscription_name", "message_id", "state")
_INSERT = sql.insert_once(DEAD_LETTERS, unless_equal=_SAME)
_SOURCE = "CloudPubSubDeadLetterSource"


def store_dead_letter(letter: DeadLetter, ports: Ports, *, state: str = "dead") -> None:
    """Insert a row for a dead letter unless it exists; another `state` records a decision."""
    message = letter.message
    ports.warehouse.execute(
        _INSERT,
        {
            "subscription_name": letter.subscription or message.topic,
            "message_id": message.id,
            "publish_time": message.publish_time,
            "data": message.data,
            "attributes": json.dumps(dict(message.attributes)),
            "state": state,
            "reason": letter.reason,
            "attempts": letter.attempts,
        },
    )


def dead_letters(ports: Ports) -> list[DeadLetter]:
    """Return the dead letters that no user has replayed or discarded, oldest first."""
    return [_read(row) for row in ports.warehouse.query(sql.UNDECIDED_DEAD_LETTERS).to_pylist()]


def replay(letter: DeadLetter, ports: Ports) -> None:
    """Publish the message again; if a crash publishes it twice, the second one has no effect."""
    message = letter.message
    ports.bus.publish(message.topic, message.data or b"{}", message.attributes)
    store_dead_letter(letter, ports, state="replayed")


def discard(letter: DeadLetter, problem: Problem, ports: Ports) -> None:
    """Discard the message and end its file; loaded rows stay loaded."""
    for file_id in files_of(letter.message):
        with suppress(NotFound, Rejected):  # the ledger has no entry of it
            end_file(file_id, problem, ports)
    store_dead_letter(letter, ports, state="discarded")


def reasons_by_file(ports: Ports) -> dict[str, str]:
    """Return the files whose message is a dead letter: file id to reason."""
    return {
        file_id: letter.reason
        for letter in dead_letters(ports)
        for file_id in files_of(letter.message)
    }


def describe(message: Message) -> str:
    """Return id, topic and file of a message, in words."""
    file = ""
    with suppress(EventUnreadable):
        if message.topic == LANDING:
            file = ObjectFinalized.from_attributes(message.attributes).name
        elif message.topic == INGESTION_COMPLETE:
            file = IngestionComplete.from_bytes(message.data).file
    about = f" about {file}" if file else ""
    return f"Message {message.id[:8]} on {message.topic}{about}"


def files_of(message: Message) -> Iterator[str]:
    """Yield the id of the file that a message names, if it names one."""
    with suppress(EventUnreadable):
        if message.topic == LANDING:
            yield file_id_of(ObjectFinalized.from_attributes(message.attributes))
        elif message.topic == INGESTION_COMPLETE:
            yield IngestionComplete.from_bytes(message.data).batch


def _read(row: dict[str, Any]) -> DeadLetter:
    """Return a row as a dead letter; attributes by Pub/Sub name subscription and deliveries."""
    attributes: dict[str, str] = json.loads(row["attributes"] or "{}")
    source = attributes.pop(f"{_SOURCE}Subscription", row["subscription_name"])
    deliveries = attributes.pop(f"{_SOURCE}DeliveryCount", row["attempts"] or 0)
    message = Message(
        row["message_id"],
        topic_of(source),
        row["data"] or b"",
        {name: value for name, value in attributes.items() if not name.startswith(_SOURCE)},
        row["publish_time"],
    )
    reason = row["reason"] or "it was not acknowledged; the function's log says why"
    wrote = row["subscription_name"]
    return DeadLetter(message, reason, int(deliveries), "" if wrote == message.topic else wrote)
