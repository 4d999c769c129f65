"""What may name an object, the same on every platform."""

from __future__ import annotations

from titanic_mlops.errors import Rejected

LONGEST_KEY = 1024  # bytes, as on Cloud Storage
LONGEST_PART = 255  # bytes, as on every common file system


def parts_of(key: str) -> list[str]:
    """Split a key into the names between its slashes.

    Raises:
        Rejected: it could not be a file below a folder, and so is no key anywhere.
    """
    parts = key.split("/")
    wrong = ""
    if any(part in {"", ".", ".."} for part in parts):
        wrong = "names between slashes must not be empty, . or .."
    elif any(part.startswith(".") for part in parts):
        wrong = "no name may begin with a dot"
    elif any(character in key for character in "\\\0\r\n"):
        wrong = "backslash, NUL and line ends are not allowed"
    elif not key.isascii() and any("\ud800" <= character <= "\udfff" for character in key):
        wrong = "it must be valid Unicode"
    elif len(key.encode()) > LONGEST_KEY:
        wrong = f"it is longer than {LONGEST_KEY} bytes"
    elif any(len(part.encode()) > LONGEST_PART for part in parts):
        wrong = f"a name between slashes is longer than {LONGEST_PART} bytes"
    if wrong:
        raise Rejected(f"{key[:80]!r} cannot name an object: {wrong}")
    return parts
