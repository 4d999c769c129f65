"""What the application reads of a request's head."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from titanic_mlops.rules.limits import IDEMPOTENCY_KEY
from titanic_mlops.web.body import Receive
from titanic_mlops.web.responses import Refusal

Scope = dict[str, Any]


class Request:
    """What the application reads of a request."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.query = scope.get("query_string", b"").decode("latin-1")
        self.receive = receive


def explain_of(query: str) -> bool:
    """Return whether reasons are asked for.

    Raises:
        Refusal: 400, it says something else.
    """
    asked = dict(parse_qsl(query, keep_blank_values=True)).get("explain", "false")
    if asked not in {"true", "false"}:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The parameter explain is true or false.")
    return asked == "true"


def idempotency_key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """Return the key of a request that may be repeated.

    Raises:
        Refusal: 400, it is no such key.
    """
    key = headers.get(b"idempotency-key")
    if key is None:
        return None
    text = key.decode("latin-1")
    if not re.fullmatch(IDEMPOTENCY_KEY, text):
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            "An Idempotency-Key has 1 to 255 printable ASCII characters and no space.",
        )
    return text
