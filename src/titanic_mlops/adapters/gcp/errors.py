"""Errors of Google's clients as errors of the ports: one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

from titanic_mlops.errors import Conflict, NotFound, PortError, Rejected, Unavailable

Mapped = type[PortError]
TRANSIENT_REASONS = {"resourcesExceeded", "resourceInUse", "tableUnavailable", "jobBackendError"}
TRANSIENT_PHRASES = (
    "Could not serialize access",
    "due to concurrent update",
    "Too many DML statements",
    "queued for too long",
)
QUOTED, QUOTE = r"'[^']*'", "'…'"

# The first class of which the error is an instance decides.
GOOGLE: tuple[tuple[type[Exception], Mapped], ...] = (
    (api.NotFound, NotFound),
    (api.PreconditionFailed, Conflict),
    (api.AlreadyExists, Conflict),
    (api.Aborted, Unavailable),
    (api.Conflict, Conflict),
    (api.TooManyRequests, Unavailable),
    (api.Cancelled, Unavailable),
    (api.Unauthenticated, Unavailable),
    (api.Unauthorized, Unavailable),
    (api.Forbidden, Unavailable),
    (api.ClientError, Rejected),
    (api.GoogleAPIError, Unavailable),
    (InvalidResponse, Unavailable),
    (DataCorruption, Unavailable),
    (auth.GoogleAuthError, Unavailable),
    (requests.RequestException, Unavailable),
    (ConnectionError, Unavailable),
    (TimeoutError, Unavailable),
)


def port_error(where: str, error: Exception) -> PortError:
    """Return a client's error about `where` as an error of the ports."""
    kind = next((kind for known, kind in GOOGLE if isinstance(error, known)), Unavailable)
    if _is_transient(error):
        kind = Unavailable
    text = str(getattr(error, "message", "") or str(error) or type(error).__name__)
    # BigQuery quotes values in its messages, and a value may be personal.
    return kind(f"{where}: {re.sub(QUOTED, QUOTE, text.splitlines()[0])}")


def _is_transient(error: Exception) -> bool:
    """Return whether BigQuery answers 400 to a statement that can succeed at another attempt."""
    details = getattr(error, "errors", None) or ()
    reasons = {str(one.get("reason")) for one in details if isinstance(one, dict)}
    return bool(reasons & TRANSIENT_REASONS) or any(
        phrase in str(error) for phrase in TRANSIENT_PHRASES
    )


@contextmanager
def google_errors(where: str) -> Iterator[None]:
    """Raise a client's error about `where` as an error of the ports."""
    try:
        yield
    except tuple(known for known, _ in GOOGLE) as error:
        raise port_error(where, error) from error
