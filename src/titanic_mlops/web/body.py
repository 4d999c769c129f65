"""The body of a request: its media type, and its bytes within the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from titanic_mlops.rules.limits import MAX_BODY_BYTES
from titanic_mlops.web.responses import HTTPProblem

Receive = Callable[[], Awaitable[dict[str, Any]]]

CLOSE = ((b"connection", b"close"),)


class ClientDisconnected(Exception):
    """Stop working on a request whose client closed the connection."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, seconds: float) -> bytes:
    """Return the whole body.

    Raises:
        HTTPProblem: 413 for more than MAX_BODY_BYTES, 408 for one that takes over `seconds`.
        ClientDisconnected: the connection ended before the body did.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive)
    except TimeoutError:
        raise HTTPProblem(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The body did not arrive within {seconds:g} seconds; send it without a pause.",
            headers=CLOSE,
        ) from None


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientDisconnected
        body += bytes(event.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not event.get("more_body"):
            return body


def _too_large() -> HTTPProblem:
    return HTTPProblem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {MAX_BODY_BYTES} bytes; send fewer instances per request.",
    )


def require_json(headers: Mapping[bytes, bytes]) -> None:
    """Require that a body is declared as uncompressed JSON in UTF-8.

    Raises:
        HTTPProblem: 415.
    """
    content_type = headers.get(b"content-type", b"").decode("latin-1").lower()
    media, *parameters = (part.strip() for part in content_type.split(";"))
    charset = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")]
    encoded = headers.get(b"content-encoding", b"identity").lower() != b"identity"
    if media != "application/json" or charset not in ([], ["utf-8"], ["utf8"]) or encoded:
        raise HTTPProblem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The body must be uncompressed JSON in UTF-8; "
            "send the header Content-Type: application/json.",
            headers=((b"accept", b"application/json"),),
        )
