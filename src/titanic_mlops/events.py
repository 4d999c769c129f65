"""The facts that steps publish: an object was finalized, a file was ingested."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from re import ASCII, fullmatch
from typing import TYPE_CHECKING, Self

from titanic_mlops.errors import EventUnreadable

if TYPE_CHECKING:  # messages are made of events
    from titanic_mlops.messages import Message

LANDING, INGESTION_COMPLETE, PREDICTIONS = "landing", "ingestion_complete", "predictions"

MALFORMED = (KeyError, ValueError, TypeError, AttributeError, OverflowError)
"""What reading decoded JSON raises where a part is missing or of another type."""


@dataclass(frozen=True, slots=True)
class ObjectFinalized:
    """An object was written completely: a file has landed."""

    bucket: str
    name: str
    generation: int

    def to_attributes(self) -> dict[str, str]:
        """Return the attributes of a Cloud Storage notification on a topic."""
        return {
            "eventType": "OBJECT_FINALIZE",
            "bucketId": self.bucket,
            "objectId": self.name,
            "objectGeneration": str(self.generation),
        }

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, str]) -> Self:
        """Return the event in a Cloud Storage notification.

        Raises:
            EventUnreadable: the attributes are those of another message.
        """
        try:
            if attributes["eventType"] != "OBJECT_FINALIZE":
                raise ValueError(attributes["eventType"])
            return cls(
                storable(attributes["bucketId"]),
                storable(attributes["objectId"]),
                generation(attributes["objectGeneration"]),
            )
        except MALFORMED as error:
            raise EventUnreadable(
                f"A message on {LANDING} is no notification of a finalized object: {error!r}."
            ) from error


@dataclass(frozen=True, slots=True)
class IngestionComplete:
    """The accepted rows of a file are loaded; `batch` is the file's id."""

    problem: str
    batch: str
    file: str
    accepted: int
    rejected: int

    def to_bytes(self) -> bytes:
        """Return the body of the message."""
        sentence = f"I finished ingesting the file {self.file}!!"
        return json.dumps(asdict(self) | {"message": sentence}).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the event in a message's body.

        Raises:
            EventUnreadable: the body is not one that `to_bytes` writes.
        """
        try:
            body = json.loads(data)
            texts = (storable(body[name]) for name in ("problem", "batch", "file"))
            problem, batch, file = texts
            return cls(problem, batch, file, int(body["accepted"]), int(body["rejected"]))
        except (*MALFORMED, RecursionError) as error:
            raise EventUnreadable(
                f"The body of a message on {INGESTION_COMPLETE} is not the JSON that "
                f"ingest_data publishes: {type(error).__name__}."
            ) from error


def problem_of(message: Message, topic: str) -> str:
    """Return the name of the problem that a message on a topic is about.

    Raises:
        EventUnreadable: it does not say.
    """
    if topic == LANDING:
        return ObjectFinalized.from_attributes(message.attributes).name.partition("/")[0]
    return IngestionComplete.from_bytes(message.data).problem


def storable(value: object) -> str:
    """Return a text that UTF-8 can encode; JSON can hold half of a surrogate pair.

    Raises:
        TypeError, ValueError: it is no such text.
    """
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of text")
    value.encode()
    return value


def generation(value: object) -> int:
    """Return a generation, a whole number that JSON may hold as text.

    Raises:
        ValueError: it is no such number.
    """
    if isinstance(value, bool) or not fullmatch(r"[0-9]{1,19}", str(value), ASCII):
        raise ValueError("a generation is a whole number")
    return int(str(value))
