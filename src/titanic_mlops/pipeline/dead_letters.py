"""Messages that were given up: kept as rows, until a person replays or discards them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from titanic_mlops.errors import EventUnreadable, NotFound, Rejected
from titanic_mlops.events import (
    INGESTION_COMPLETE,
    LANDING,
    IngestionComplete,
    Message,
    ObjectFinalized,
    topic_of,
)
from titanic_mlops.ledger import file_id_of
from titanic_mlops.pipeline.file_decisions import give_up
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import DEAD_LETTERS

_SAME = ("subscription_name", "message_id", "state")
_INSERT = sql.insert_once(DEAD_LETTERS, unless_equal=_SAME)


_SOURCE = "CloudPubSubDeadLetterSource"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message, why it was given up, and after how many deliveries.

    `subscription` wrote its row, where that was not we.
    """

    message: Message
    reason: str
    attempts: int
    subscription: str = ""


def bury(letter: DeadLetter, ports: Ports, *, state: str = "dead") -> None:
    """Keep a message that was given up, once; or, in another `state`, what was decided of it."""
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
    """Return those about which nobody has decided yet, oldest first."""
    return [_read(row) for row in ports.warehouse.query(sql.UNDECIDED_DEAD_LETTERS).to_pylist()]


def replay(letter: DeadLetter, ports: Ports) -> None:
    """Publish the message again; a crash in between publishes it twice, which changes nothing."""
    message = letter.message
    ports.bus.publish(message.topic, message.data or b"{}", message.attributes)
    bury(letter, ports, state="replayed")


def discard(letter: DeadLetter, problem: Problem, ports: Ports) -> None:
    """Give the message and its file up; what is loaded stays loaded."""
    for file_id in files_of(letter.message):
        with suppress(NotFound, Rejected):  # it never got as far as the ledger
            give_up(file_id, problem, ports)
    bury(letter, ports, state="discarded")


def given_up(ports: Ports) -> dict[str, str]:
    """Return the files that wait for a person because of a dead letter, by id, and why."""
    return {
        file_id: letter.reason
        for letter in dead_letters(ports)
        for file_id in files_of(letter.message)
    }


def describe(message: Message) -> str:
    """Return what a message is about, in words."""
    file = ""
    with suppress(EventUnreadable):
        if message.topic == LANDING:
            file = ObjectFinalized.from_attributes(message.attributes).name
        elif message.topic == INGESTION_COMPLETE:
            file = IngestionComplete.from_bytes(message.data).file
    about = f" about {file}" if file else ""
    return f"Message {message.id[:8]} on {message.topic}{about}"


def files_of(message: Message) -> Iterator[str]:
    """Yield the id of the file that a message is about; nothing where it is about none."""
    with suppress(EventUnreadable):
        if message.topic == LANDING:
            yield file_id_of(ObjectFinalized.from_attributes(message.attributes))
        elif message.topic == INGESTION_COMPLETE:
            yield IngestionComplete.from_bytes(message.data).batch


def _read(row: dict[str, Any]) -> DeadLetter:
    """Return a row as a letter; Pub/Sub says in attributes who gave it up, and after how often."""
    attributes: dict[str, str] = json.loads(row["attributes"] or "{}")
    source = attributes.pop(f"{_SOURCE}Subscription", row["subscription_name"])
    deliveries = attributes.pop(f"{_SOURCE}DeliveryCount", row["attempts"] or 0)
    message = Message(
        row["message_id"],
        topic_of(source),
        row["data"] or b"",
        {name: said for name, said in attributes.items() if not name.startswith(_SOURCE)},
        row["publish_time"],
    )
    reason = row["reason"] or "it was not acknowledged; the function's log says why"
    wrote = row["subscription_name"]
    return DeadLetter(message, reason, int(deliveries), "" if wrote == message.topic else wrote)
