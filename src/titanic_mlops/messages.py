"""One message on a topic: as published, as delivered to a worker, as a dead letter."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from titanic_mlops.errors import EventUnreadable
from titanic_mlops.events import LANDING, MALFORMED, ObjectFinalized, generation, storable

FINALIZED = "google.cloud.storage.object.v1.finalized"
PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"


def topic_of(path: str) -> str:
    """Return our name of a topic or subscription; Google's may have a prefix that ends in `-`."""
    return path.rpartition("/")[2].rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Message:
    """One message on a topic; `publish_time` is in UTC."""

    id: str
    topic: str
    data: bytes
    attributes: Mapping[str, str]
    publish_time: datetime

    @classmethod
    def from_cloud_event(cls, attributes: Mapping[str, Any], data: object) -> Self:
        """Return the message in a CloudEvent; an event of Cloud Storage is one on `landing`.

        Raises:
            EventUnreadable: the event has another type, or a required part is missing.
        """
        kind = attributes.get("type")
        try:
            if kind == FINALIZED:
                return cls(*_of_storage(attributes, data))
            if kind == PUBLISHED:
                return cls(*_of_pubsub(attributes, data))
        except MALFORMED as error:
            raise EventUnreadable(
                f"An event of type {kind} lacks a part that such events have: {error!r}."
            ) from error
        raise EventUnreadable(f"An event is of type {kind}; it must be {FINALIZED} or {PUBLISHED}.")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that one worker has leased; `attempt` counts from 1, `receipt` proves the lease."""

    message: Message
    attempt: int
    receipt: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that is not redelivered any more: `attempts` deliveries, and the last error.

    `subscription` is the name in its row of `dead_letters`, where that is not the topic's.
    """

    message: Message
    reason: str
    attempts: int
    subscription: str = ""


_Parts = tuple[str, str, bytes, dict[str, str], datetime]


def _of_storage(event: Mapping[str, Any], data: Any) -> _Parts:  # noqa: ANN401 decoded JSON
    bucket, name = storable(data["bucket"]), storable(data["name"])
    finalized = ObjectFinalized(bucket, name, generation(data["generation"]))
    return storable(event["id"]), LANDING, b"", finalized.to_attributes(), _moment(event["time"])


def _of_pubsub(event: Mapping[str, Any], data: Any) -> _Parts:  # noqa: ANN401 decoded JSON
    message = data["message"]
    topic = topic_of(storable(event["source"]))
    content = b64decode(message.get("data") or "", validate=True)
    sent = (message.get("attributes") or {}).items()
    attributes = {storable(name): storable(value) for name, value in sent}
    at = _moment(message.get("publishTime") or event["time"])
    return storable(message.get("messageId") or event["id"]), topic, content, attributes, at


def _moment(value: str) -> datetime:
    """Return a time in UTC; a time without a zone is one in UTC."""
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
