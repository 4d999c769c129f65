"""HTTP responses: JSON or RFC 9457 problem documents; never echo input values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from titanic_mlops.errors import (
    Fault,
    ModelDamaged,
    ModelOutdated,
    NoChampion,
    RequestInvalid,
    RequestUnreadable,
    StoreDamaged,
    TitanicMlopsError,
    Unavailable,
)
from titanic_mlops.rules.limits import (
    MAX_FAULTS,
    PENDING_RETRY_SECONDS,
    UNAVAILABLE_RETRY_SECONDS,
)

Header = tuple[bytes, bytes]
Headers = tuple[Header, ...]

NO_STORE: Header = (b"cache-control", b"no-store")
_LATER = (
    "The model cannot be read or the prediction cannot be recorded; "
    f"retry after {UNAVAILABLE_RETRY_SECONDS} seconds."
)
UNAVAILABLE: dict[type[TitanicMlopsError], str] = {
    NoChampion: "No model has been promoted yet. Upload a labelled file, then retry.",
    ModelDamaged: "The model cannot be loaded. Promote another version, then retry.",
    ModelOutdated: "The model was trained for another declaration. Promote one for this one, then "
    "retry.",
    Unavailable: _LATER,
    StoreDamaged: _LATER,
}
"""The detail of a 503 for each expected error; the log names the object and the reason."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response with its whole body."""

    status: int
    body: bytes = b""
    headers: Headers = ()


class HTTPProblem(Exception):
    """Answer with an RFC 9457 problem document; holds everything that the client sees."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Iterable[dict[str, str]] = (),
        headers: Headers = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers


def http_problem_of(error: TitanicMlopsError) -> HTTPProblem | None:
    """Return the problem that answers an expected error; None for an error of the program."""
    if isinstance(error, RequestUnreadable):
        return HTTPProblem(HTTPStatus.BAD_REQUEST, error.detail)
    if isinstance(error, RequestInvalid):
        return unprocessable(error.faults)
    detail = UNAVAILABLE.get(type(error))
    if detail is None:
        return None
    headers = retry_after(UNAVAILABLE_RETRY_SECONDS)
    return HTTPProblem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=headers)


def too_many(what: str) -> HTTPProblem:
    """Return the 429 for more pending `what` than the limit."""
    return HTTPProblem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Too many {what} are pending; retry after {PENDING_RETRY_SECONDS} second.",
        headers=retry_after(PENDING_RETRY_SECONDS),
    )


def unprocessable(faults: Sequence[Fault]) -> HTTPProblem:
    """Return the 422 that lists the faults of a request, up to MAX_FAULTS of them."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    listed = "it" if len(faults) == 1 else "each"
    if len(faults) > MAX_FAULTS:
        listed = f"the first {MAX_FAULTS}"
    return HTTPProblem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"The request has {count}; `errors` lists {listed} by its JSON pointer.",
        errors=map(error_member, faults[:MAX_FAULTS]),
    )


def json_response(document: object, *headers: Header) -> Response:
    """Return a document as JSON."""
    return encoded_response(encode_json(document), *headers)


def encoded_response(body: bytes, *headers: Header) -> Response:
    """Return JSON that is encoded already."""
    return Response(HTTPStatus.OK, body, ((b"content-type", b"application/json"), *headers))


def encode_json(document: object) -> bytes:
    """Return a document as JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False).encode()


def problem_response(problem: HTTPProblem, **members: str) -> Response:
    """Return a problem as its document."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
        **members,
    }
    if problem.errors:
        document["errors"] = problem.errors
    headers = ((b"content-type", b"application/problem+json"), *problem.headers)
    return Response(problem.status, json.dumps(document).encode(), headers)


def retry_after(seconds: int) -> Headers:
    """Return the header that says after how many seconds to retry."""
    return ((b"retry-after", str(seconds).encode()),)


def error_member(fault: Fault) -> dict[str, str]:
    """Return a fault as a member of `errors`.

    The pointer is RFC 6901's in the form of a URI fragment, as RFC 9457 shows it.
    """
    steps = [*fault.path, fault.field] if fault.field else fault.path
    pointer = "#" + "".join(f"/{_escaped(str(step))}" for step in steps)
    return {"pointer": pointer, "code": fault.rule, "detail": fault.expected}


def _escaped(step: str) -> str:
    return quote(step.replace("~", "~0").replace("/", "~1"), safe="~")
