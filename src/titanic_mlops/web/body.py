"""The body of a request, read whole within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from titanic_mlops.rules.limits import MAX_BODY_BYTES
from titanic_mlops.web.responses import Refusal

Receive = Callable[[], Awaitable[dict[str, Any]]]

CLOSE = ((b"connection", b"close"),)


class ClientGone(Exception):
    """Tell that nobody waits for an answer any more."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, seconds: float) -> bytes:
    """Return the body.

    Raises:
        Refusal: 413 for more than 64 KiB, 408 when it is not there within `seconds`.
        ClientGone: the connection ended before the body did.
    """
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive)
    except TimeoutError:
        raise Refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The body was not there within {seconds:g} seconds; send it at once.",
            headers=CLOSE,
        ) from None


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientGone
        body += bytes(event.get("body", b""))
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not event.get("more_body"):
            return body


def _too_large() -> Refusal:
    return Refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {MAX_BODY_BYTES} bytes; send fewer instances at a time.",
    )


def refuse_other_media(headers: Mapping[bytes, bytes]) -> None:
    """Refuse a body that does not say that it is JSON in UTF-8.

    Raises:
        Refusal: 415.
    """
    said = headers.get(b"content-type", b"").decode("latin-1").lower()
    media, *parameters = (part.strip() for part in said.split(";"))
    charset = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset=")]
    coded = headers.get(b"content-encoding", b"identity").lower() != b"identity"
    if media != "application/json" or charset not in ([], ["utf-8"], ["utf8"]) or coded:
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The body must be application/json in UTF-8, not compressed; "
            "send the header Content-Type: application/json.",
            headers=((b"accept", b"application/json"),),
        )
