"""A request as handlers see it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from titanic_mlops.web.body import Receive
from titanic_mlops.web.responses import HTTPProblem

Scope = dict[str, Any]


class Request:
    """The parts of a request that handlers read; `path` holds the parameters of the path."""

    def __init__(self, scope: Scope, receive: Receive, path: Mapping[str, str]) -> None:
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.query = scope.get("query_string", b"").decode("latin-1")
        self.receive = receive
        self.path = path


def explain_of(query: str) -> bool:
    """Return whether the query asks for the contributions of the columns.

    Raises:
        HTTPProblem: 400, the value is neither true nor false.
    """
    value = dict(parse_qsl(query, keep_blank_values=True)).get("explain", "false")
    if value not in {"true", "false"}:
        raise HTTPProblem(HTTPStatus.BAD_REQUEST, "The parameter explain must be true or false.")
    return value == "true"
