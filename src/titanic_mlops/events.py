"""What steps tell each other: past-tense facts, as messages on topics."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from re import ASCII, fullmatch
from typing import Any, Self

from titanic_mlops.errors import EventUnreadable

LANDING, INGESTION_COMPLETE, PREDICTIONS = "landing", "ingestion_complete", "predictions"

FINALIZED = "google.cloud.storage.object.v1.finalized"
PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"


def topic_of(path: str) -> str:
    """Return our name of a topic or of its subscription: Google's may have a prefix and `-`."""
    return path.rpartition("/")[2].rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Message:
    """One message on a topic, however it was delivered."""

    id: str
    topic: str
    data: bytes
    attributes: Mapping[str, str]
    publish_time: datetime

    @classmethod
    def from_cloud_event(cls, attributes: Mapping[str, Any], data: object) -> Self:
        """Return the message that a CloudEvent carries; Cloud Storage speaks on topic `landing`.

        Raises:
            EventUnreadable: the event is of another type, or lacks something.
        """
        kind = attributes.get("type")
        try:
            if kind == FINALIZED:
                return cls(*_of_storage(attributes, data))
            if kind == PUBLISHED:
                return cls(*_of_pubsub(attributes, data))
        except _MALFORMED as error:
            raise EventUnreadable(f"An event {kind} lacks what such events have: {error!r}.") from (
                error
            )
        raise EventUnreadable(f"An event is of type {kind}; it must be {FINALIZED} or {PUBLISHED}.")


@dataclass(frozen=True, slots=True)
class ObjectFinalized:
    """An object was written whole: a file has landed."""

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
        """Return the event of a Cloud Storage notification.

        Raises:
            EventUnreadable: the attributes are not those of one.
        """
        try:
            if attributes["eventType"] != "OBJECT_FINALIZE":
                raise ValueError(attributes["eventType"])
            return cls(
                _text(attributes["bucketId"]),
                _text(attributes["objectId"]),
                _generation(attributes["objectGeneration"]),
            )
        except _MALFORMED as error:
            raise EventUnreadable(
                f"A message on {LANDING} is no notification of a finished object: {error!r}."
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
        """Return the event that `to_bytes` wrote.

        Raises:
            EventUnreadable: the body is not one.
        """
        try:
            body = json.loads(data)
            texts = (_text(body[name]) for name in ("problem", "batch", "file"))
            problem, batch, file = texts
            return cls(problem, batch, file, int(body["accepted"]), int(body["rejected"]))
        except (*_MALFORMED, RecursionError) as error:
            raise EventUnreadable(
                f"A message on {INGESTION_COMPLETE} is not one of ours: {type(error).__name__}."
            ) from error


_Parts = tuple[str, str, bytes, dict[str, str], datetime]
_MALFORMED = (KeyError, ValueError, TypeError, AttributeError, OverflowError)


def _of_storage(event: Mapping[str, Any], data: Any) -> _Parts:  # noqa: ANN401 decoded JSON
    bucket, name = _text(data["bucket"]), _text(data["name"])
    finalized = ObjectFinalized(bucket, name, _generation(data["generation"]))
    return _text(event["id"]), LANDING, b"", finalized.to_attributes(), _moment(event["time"])


def _of_pubsub(event: Mapping[str, Any], data: Any) -> _Parts:  # noqa: ANN401 decoded JSON
    message = data["message"]
    topic = topic_of(_text(event["source"]))
    content = b64decode(message.get("data") or "", validate=True)
    said = (message.get("attributes") or {}).items()
    attributes = {_text(name): _text(value) for name, value in said}
    at = _moment(message.get("publishTime") or event["time"])
    return _text(message.get("messageId") or event["id"]), topic, content, attributes, at


def _text(value: object) -> str:
    """Return a text that can be stored: not half a character, which JSON can write."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where text belongs")
    value.encode()
    return value


def _generation(value: object) -> int:
    """Return a whole number that may be written as text, as JSON's int64 is."""
    if isinstance(value, bool) or not fullmatch(r"[0-9]{1,19}", str(value), ASCII):
        raise ValueError("a generation is a whole number")
    return int(str(value))


def _moment(value: str) -> datetime:
    """Return a time in UTC, which is meant where no zone is named."""
    at = datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
