"""What Google's clients report, in the words of the ports: one table."""

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
PASSING = {"resourcesExceeded", "resourceInUse", "tableUnavailable", "jobBackendError"}
PASSING_WORDS = (
    "Could not serialize access",
    "due to concurrent update",
    "Too many DML statements",
    "queued for too long",
)
QUOTED, QUOTE = r"'[^']*'", "'…'"

# The first class that the error is an instance of decides.
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
    """Return what a client reported about `where` as an error of the ports."""
    kind = next((kind for known, kind in GOOGLE if isinstance(error, known)), Unavailable)
    if _passes(error):
        kind = Unavailable
    said = str(getattr(error, "message", "") or error or type(error).__name__)
    # Single quotes hold a value in BigQuery's messages: perhaps a person's.
    return kind(f"{where}: {re.sub(QUOTED, QUOTE, said.splitlines()[0])}")


def _passes(error: Exception) -> bool:
    """Return whether BigQuery says 400 to what another try may bring through."""
    told = getattr(error, "errors", None) or ()
    reasons = {str(one.get("reason")) for one in told if isinstance(one, dict)}
    return bool(reasons & PASSING) or any(words in str(error) for words in PASSING_WORDS)


@contextmanager
def google_errors(where: str) -> Iterator[None]:
    """Raise what a client reports about `where` as an error of the ports."""
    try:
        yield
    except tuple(known for known, _ in GOOGLE) as error:
        raise port_error(where, error) from error
