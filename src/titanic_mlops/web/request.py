"""A request as handlers see it: headers that cannot contradict each other, known parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from titanic_mlops.web.body import Receive
from titanic_mlops.web.responses import HTTPProblem

Scope = dict[str, Any]

SINGLE_HEADERS = frozenset({b"content-type", b"content-encoding", b"idempotency-key"})
"""Sent twice, one of them would have to win."""
_SHOWN = 40


class Request:
    """The parts of a request that handlers read; `path` holds the parameters of the path.

    `mounted_at` is the path below which the application is served, empty at the root.
    The values of a header that came twice are joined by a comma.

    Raises:
        HTTPProblem: 400, one of SINGLE_HEADERS came twice, or the transfer encoding is unknown.
    """

    def __init__(self, scope: Scope, receive: Receive, path: Mapping[str, str]) -> None:
        self.headers = _joined(scope["headers"])
        self.query = scope.get("query_string", b"").decode("latin-1")
        self.receive = receive
        self.path = path
        self.mounted_at: str = scope.get("root_path", "")


def explain_of(query: str) -> bool:
    """Return whether the query asks for the contributions of the columns.

    Raises:
        HTTPProblem: 400, the value is neither true nor false, or a parameter is unknown.
    """
    value = parameters_of(query, {"explain"}).get("explain", "false")
    if value not in {"true", "false"}:
        raise HTTPProblem(HTTPStatus.BAD_REQUEST, "The parameter explain must be true or false.")
    return value == "true"


def parameters_of(query: str, known: Collection[str]) -> dict[str, str]:
    """Return the parameters of a query by name.

    Raises:
        HTTPProblem: 400, one is unknown or came twice.
    """
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise HTTPProblem(HTTPStatus.BAD_REQUEST, _unknown(name, known))
        if name in parameters:
            detail = f"The parameter {name} came twice; send it once."
            raise HTTPProblem(HTTPStatus.BAD_REQUEST, detail)
        parameters[name] = value
    return parameters


def _unknown(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name[:_SHOWN].lower(), known, n=1)
    right = f"did you mean {close[0]}?" if close else f"known are: {', '.join(sorted(known))}."
    return f"The parameter {name[:_SHOWN]!r} is unknown; {right}"


def _joined(headers: Collection[tuple[bytes, bytes]]) -> Mapping[bytes, bytes]:
    joined: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in joined and name in SINGLE_HEADERS:
            shown = name.decode().title()
            detail = f"The header {shown} came twice; send it once."
            raise HTTPProblem(HTTPStatus.BAD_REQUEST, detail)
        joined[name] = joined[name] + b", " + value if name in joined else value
    if joined.get(b"transfer-encoding", b"chunked").lower() != b"chunked":
        detail = "The only transfer encoding is chunked; send the body in chunks, uncompressed."
        raise HTTPProblem(HTTPStatus.BAD_REQUEST, detail)
    return joined
