"""The bytes at the address that a pin names: a file of this machine, or an object of a bucket."""

from __future__ import annotations

from pathlib import Path

from titanic_mlops.errors import NotFound, Rejected, Unavailable
from titanic_mlops.platforms.timing import PUBLISH_SECONDS
from titanic_mlops.settings import StorageService

BUCKET = "gs://"


def fetch(uri: str, service: StorageService) -> bytes:
    """Return the bytes at a local path or a `gs://` address.

    Raises:
        NotFound: there is no such file or object.
        Rejected: the address is of another kind.
        Unavailable: it cannot be read now, or there are no credentials.
    """
    if uri.startswith(BUCKET):
        return _of_bucket(uri, service)
    if "://" in uri or "\0" in uri:
        raise Rejected(f"{uri!a} is neither a path of this machine nor a gs:// address.")
    try:
        return Path(uri).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            f"{uri}, which the pin names, is not there; pin in a home whose store this machine "
            "can read, such as a bucket."
        ) from None
    except OSError as error:
        raise Unavailable(
            f"{uri}, which the pin names, cannot be read: {error.strerror}."
        ) from error


def _of_bucket(uri: str, service: StorageService) -> bytes:
    from titanic_mlops.adapters.gcp.access import require_access  # noqa: PLC0415 loads a part of it
    from titanic_mlops.adapters.gcp.object_store import (  # noqa: PLC0415 loads Google's client
        open_bucket,
    )

    name, _, key = uri.removeprefix(BUCKET).partition("/")
    if not name or not key:
        raise Rejected(f"{uri} names no object; such an address is gs://BUCKET/NAME.")
    require_access([service.address], credentials=service.credentials_needed)
    bucket = open_bucket(service.project, name, patience=PUBLISH_SECONDS)
    try:
        found = bucket.get(key)
    except NotFound:
        raise NotFound(f"{uri}, which the pin names, is not there.") from None
    return found[0] if found else b""
