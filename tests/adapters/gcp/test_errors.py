"""Every error that Google's clients document is one of the ports' four."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud.storage import exceptions as storage

from titanic_mlops.adapters.gcp.errors import GOOGLE, google_errors, port_error
from titanic_mlops.errors import Conflict, NotFound, PortError, Rejected, Unavailable

BAD_REQUEST: Any = api.BadRequest  # it has no types


def every(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from every(derived)


def documented() -> list[type[Exception]]:
    roots = (api.GoogleAPIError, auth.GoogleAuthError, requests.RequestException)
    found = {kind for root in roots for kind in every(root)}
    found |= {storage.InvalidResponse, storage.DataCorruption}
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


@pytest.mark.parametrize("kind", documented(), ids=lambda kind: kind.__name__)
def test_every_documented_error_is_in_the_table(kind: type[Exception]) -> None:
    assert any(issubclass(kind, known) for known, _ in GOOGLE)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (api.NotFound, NotFound),
        (api.PreconditionFailed, Conflict),
        (api.AlreadyExists, Conflict),
        (api.Conflict, Conflict),
        (api.Aborted, Unavailable),
        (api.BadRequest, Rejected),
        (api.InvalidArgument, Rejected),
        (api.OutOfRange, Rejected),
        (api.RequestRangeNotSatisfiable, Rejected),
        (api.Forbidden, Unavailable),
        (api.PermissionDenied, Unavailable),
        (api.Unauthorized, Unavailable),
        (api.Unauthenticated, Unavailable),
        (api.TooManyRequests, Unavailable),
        (api.ResourceExhausted, Unavailable),
        (api.InternalServerError, Unavailable),
        (api.ServiceUnavailable, Unavailable),
        (api.DeadlineExceeded, Unavailable),
        (api.Cancelled, Unavailable),
        (api.RetryError, Unavailable),
        (auth.DefaultCredentialsError, Unavailable),
        (auth.TransportError, Unavailable),
        (requests.ConnectionError, Unavailable),
        (ConnectionResetError, Unavailable),
        (TimeoutError, Unavailable),
    ],
    ids=lambda kind: kind.__name__,
)
def test_an_error_says_whether_a_retry_can_help(
    kind: Any,  # noqa: ANN401 the clients' errors have no types
    expected: type[PortError],
) -> None:
    error = kind("x", None) if kind.__name__ == "RetryError" else kind("x")
    assert type(port_error("models/titanic", error)) is expected


def test_the_sentence_names_the_place_and_hides_what_is_quoted() -> None:
    with pytest.raises(Rejected) as raised, google_errors("titanic.training_data"):
        raise BAD_REQUEST("Bad int64 value: 'Braund, Mr. Owen'\nmore of it")
    assert str(raised.value) == "titanic.training_data: Bad int64 value: '…'"


def test_an_error_not_of_google_is_raised_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), google_errors("x"):
        raise ZeroDivisionError
    with pytest.raises(NotFound, match="ours"), google_errors("x"):
        raise NotFound("ours")


@pytest.mark.parametrize(
    "sentence",
    [
        "Could not serialize access to table t due to concurrent update",
        "Too many DML statements outstanding against table t, limit is 20",
    ],
)
def test_a_transient_bad_request_of_bigquery_is_unavailable(sentence: str) -> None:
    assert isinstance(port_error("t", BAD_REQUEST(sentence)), Unavailable)
    busy = BAD_REQUEST("x", errors=[{"reason": "resourcesExceeded"}])
    assert isinstance(port_error("t", busy), Unavailable)
