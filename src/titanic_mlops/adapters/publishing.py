"""What may be published, the same on every platform."""

from __future__ import annotations

from collections.abc import Mapping

from titanic_mlops.errors import Rejected

LARGEST = 10_000_000  # bytes, as on Pub/Sub


def refuse_unpublishable(topic: str, data: bytes, attributes: Mapping[str, str]) -> None:
    """Refuse a message that Pub/Sub would refuse.

    Raises:
        Rejected: no topic, no content, or more than 10 MB.
    """
    if not topic:
        raise Rejected("message without a topic; name one")
    if not data and not attributes:
        raise Rejected(f"topic {topic}: empty message; it needs data or an attribute")
    if len(data) > LARGEST:
        raise Rejected(f"topic {topic}: message of {len(data)} bytes, at most {LARGEST} allowed")
