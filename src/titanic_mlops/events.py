"""What steps tell each other: past-tense facts, as messages on topics."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

LANDING, INGESTION_COMPLETE, PREDICTIONS = "landing", "ingestion_complete", "predictions"


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
    def from_attributes(cls, attributes: dict[str, str]) -> Self:
        """Return the event of a Cloud Storage notification.

        Raises:
            KeyError, ValueError: the attributes are not those of one.
        """
        name, bucket = attributes["objectId"], attributes["bucketId"]
        return cls(bucket, name, int(attributes["objectGeneration"]))


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
            KeyError, ValueError, TypeError: the body is not one.
        """
        body = json.loads(data)
        return cls(**{name: body[name] for name in cls.__slots__})
