"""Which keys and messages every platform accepts: those that Google's services accept."""

from __future__ import annotations

from collections.abc import Mapping

from titanic_mlops.errors import Rejected

LONGEST_KEY = 1024  # bytes, as on Cloud Storage
LONGEST_PART = 255  # bytes, as on every common file system
LARGEST_MESSAGE = 10_000_000  # bytes, as on Pub/Sub


def parts_of(key: str) -> list[str]:
    """Split a key into the names between its slashes.

    Raises:
        Rejected: it could not be a file below a folder, and so names no object anywhere.
    """
    parts = key.split("/")
    fault = ""
    if any(part in {"", ".", ".."} for part in parts):
        fault = "names between slashes must not be empty, . or .."
    elif any(part.startswith(".") for part in parts):
        fault = "no name may begin with a dot"
    elif any(character in key for character in "\\\0\r\n"):
        fault = "backslash, NUL and line ends are not allowed"
    elif not key.isascii() and any("\ud800" <= character <= "\udfff" for character in key):
        fault = "it must be valid Unicode"
    elif len(key.encode()) > LONGEST_KEY:
        fault = f"it is longer than {LONGEST_KEY} bytes"
    elif any(len(part.encode()) > LONGEST_PART for part in parts):
        fault = f"a name between slashes is longer than {LONGEST_PART} bytes"
    if fault:
        raise Rejected(f"{key[:80]!r} cannot name an object: {fault}")
    return parts


def reject_unpublishable(topic: str, data: bytes, attributes: Mapping[str, str]) -> None:
    """Reject a message that Pub/Sub would reject.

    Raises:
        Rejected: it has no topic, neither data nor attributes, or more than 10 MB.
    """
    if not topic:
        raise Rejected("message without a topic; name one")
    if not data and not attributes:
        raise Rejected(f"topic {topic}: empty message; it needs data or an attribute")
    if len(data) > LARGEST_MESSAGE:
        raise Rejected(
            f"topic {topic}: message of {len(data)} bytes, at most {LARGEST_MESSAGE} allowed"
        )
