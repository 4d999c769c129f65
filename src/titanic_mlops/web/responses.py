"""What goes back over HTTP: JSON, or a problem as in RFC 9457, never a value that came in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from titanic_mlops.errors import (
    Fault,
    ModelDamaged,
    NoChampion,
    RequestUnreadable,
    TitanicMlopsError,
    Unavailable,
)
from titanic_mlops.rules.limits import UNAVAILABLE_RETRY_SECONDS

Headers = tuple[tuple[bytes, bytes], ...]

NO_STORE = (b"cache-control", b"no-store")
UNAVAILABLE: dict[type[TitanicMlopsError], str] = {
    NoChampion: "There is no model yet: no version was promoted. Land a labelled file, come again.",
    ModelDamaged: "The model cannot be loaded; it must be replaced. Come again.",
    Unavailable: "The model cannot be read, or the record not kept, so no answer is given now.",
}
"""What a client is told of an expected fault on our side; the log knows where it lies."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, its body whole."""

    status: int
    body: bytes = b""
    headers: Headers = ()


class Refusal(Exception):
    """Answer with a problem instead: carries all that the client is told."""

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


def refusal_of(error: TitanicMlopsError) -> Refusal | None:
    """Return how an expected fault is answered; None for one that nobody expects here."""
    if isinstance(error, RequestUnreadable):
        return Refusal(HTTPStatus.BAD_REQUEST, error.detail)
    detail = UNAVAILABLE.get(type(error))
    if detail is None:
        return None
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=retry_after())


def ok(document: object, *headers: tuple[bytes, bytes]) -> Answer:
    """Return a document as JSON."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(HTTPStatus.OK, body, ((b"content-type", b"application/json"), *headers))


def problem(refusal: Refusal, **members: str) -> Answer:
    """Return a refusal as a problem document."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": refusal.status.phrase,
        "status": refusal.status.value,
        "detail": refusal.detail,
        **members,
    }
    if refusal.errors:
        document["errors"] = refusal.errors
    headers = ((b"content-type", b"application/problem+json"), *refusal.headers)
    return Answer(refusal.status, json.dumps(document).encode(), headers)


def retry_after(seconds: int = UNAVAILABLE_RETRY_SECONDS) -> Headers:
    """Return the header that says when to come again."""
    return ((b"retry-after", str(seconds).encode()),)


def error(fault: Fault, *path: str | int) -> dict[str, str]:
    """Return a fault as a member of `errors`; `path` leads to the record that has it.

    The pointer is RFC 6901's in the form of a URI fragment, as RFC 9457 shows it.
    """
    steps = [*path, fault.field] if fault.field else path
    pointer = "#" + "".join(f"/{_escaped(str(step))}" for step in steps)
    return {"pointer": pointer, "code": fault.rule, "detail": fault.expected}


def _escaped(step: str) -> str:
    return quote(step.replace("~", "~0").replace("/", "~1"), safe="~")
