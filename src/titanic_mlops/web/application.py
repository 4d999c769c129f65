"""The HTTP contract as one raw ASGI application: who asks for what, and what goes back."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from importlib.metadata import version as version_of
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from titanic_mlops.derive.openapi_components import IDEMPOTENCY_KEY
from titanic_mlops.errors import TitanicMlopsError, Unavailable
from titanic_mlops.problems.base import Problem
from titanic_mlops.web.answers import (
    Answer,
    Headers,
    Refusal,
    ok,
    problem,
    refusal_of,
    retry_after,
)
from titanic_mlops.web.body import ClientGone, Receive, read_body, refuse_other_media
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.page import read_page
from titanic_mlops.web.predictions import PredictionService

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Handler = Callable[["Request"], Awaitable[Answer]]

MAX_PENDING = 1024
BODY_SECONDS = 10.0
START_SECONDS = 5.0
CORS: Headers = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Allow, Retry-After"),
)
PREFLIGHT: Headers = (
    (b"access-control-allow-headers", b"Content-Type, Idempotency-Key"),
    (b"access-control-max-age", b"86400"),
)
NO_STORE = (b"cache-control", b"no-store")

log = logging.getLogger("titanic_mlops.server")


class Request:
    """What the application reads of a request."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.headers: Mapping[bytes, bytes] = dict(scope["headers"])
        self.query = scope.get("query_string", b"").decode("latin-1")
        self.receive = receive


class Application:
    """Answer predictions of one problem, and say how it stands with them.

    More than `max_pending` requests at once are turned away; a body must be whole within
    `body_seconds`.
    """

    def __init__(
        self,
        declared: Problem,
        champion: ChampionInMemory,
        service: PredictionService,
        code_version: Callable[[], str],
        *,
        max_pending: int = MAX_PENDING,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._problem = declared
        self._champion = champion
        self._service = service
        self._code_version = code_version
        self._max_pending = max_pending
        self._body_seconds = body_seconds
        self._pending = 0
        self._routes: dict[str, dict[str, Handler]] = {
            "/": {"GET": self._front, "POST": self._predict},
            "/health": {"GET": self._health},
            "/ready": {"GET": self._ready},
            "/version": {"GET": self._version},
            "/openapi.json": {"GET": self._openapi},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            try:
                answer = await self._answer(scope, receive)
            except ClientGone:
                return
            await _send(answer, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        try:
            return await self._routed(scope, receive)
        except Refusal as refusal:
            return problem(refusal)
        except ClientGone:
            raise
        except TitanicMlopsError as error:
            expected = refusal_of(error)
            if isinstance(error, Unavailable):
                log.error("Answered 503: %s", error.detail)  # noqa: TRY400 the sentence says it
            return problem(expected) if expected else _unexpected(error)
        except Exception as error:  # noqa: BLE001 no client is shown a fault of ours
            return _unexpected(error)

    async def _routed(self, scope: Scope, receive: Receive) -> Answer:
        methods = self._routes.get(scope["path"])
        if methods is None:
            known = ", ".join(self._routes)
            raise Refusal(HTTPStatus.NOT_FOUND, f"There is no such path; there are {known}.")
        allowed = ", ".join(sorted({*methods, "HEAD", "OPTIONS"}))
        method = scope["method"]
        if method == "OPTIONS":
            named = (b"access-control-allow-methods", allowed.encode())
            return Answer(
                HTTPStatus.NO_CONTENT, headers=((b"allow", allowed.encode()), named, *PREFLIGHT)
            )
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise Refusal(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"This path takes {allowed}.",
                headers=((b"allow", allowed.encode()),),
            )
        return await handler(Request(scope, receive))

    async def _predict(self, request: Request) -> Answer:
        if self._pending >= self._max_pending:
            raise Refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many requests wait already; come again.",
                headers=retry_after(1),
            )
        self._pending += 1
        try:
            refuse_other_media(request.headers)
            explain = _explain(request.query)
            key = _idempotency_key(request.headers)
            body = await read_body(request.receive, request.headers, seconds=self._body_seconds)
            answered = await self._service.answer(body, key)
        finally:
            self._pending -= 1
        return ok(answered.document(explain=explain), NO_STORE)

    async def _front(self, request: Request) -> Answer:
        vary = (b"vary", b"accept")
        if b"text/html" in request.headers.get(b"accept", b""):
            body, policy = self._page
            html = (b"content-type", b"text/html; charset=utf-8")
            return Answer(HTTPStatus.OK, body, (html, (b"content-security-policy", policy), vary))
        links = {path.strip("/").removesuffix(".json") or "predict": path for path in self._routes}
        information = {
            "service": "titanic-mlops",
            "version": version_of("titanic-mlops"),
            "problem": self._problem.name,
            "title": self._problem.title,
            "model_version": await self._version_or_none(),
            "links": links,
        }
        return ok(information, NO_STORE, vary)

    async def _health(self, _: Request) -> Answer:
        return ok({"status": "ok"}, NO_STORE)

    async def _ready(self, _: Request) -> Answer:
        served = await self._champion.current()
        return ok({"status": "ready", "model_version": served.version}, NO_STORE)

    async def _version(self, _: Request) -> Answer:
        versions = {
            "version": version_of("titanic-mlops"),
            "code_version": await asyncio.to_thread(lambda: self._code),  # it asks git
            "problem": self._problem.name,
            "model_version": await self._version_or_none(),
        }
        return ok(versions, NO_STORE)

    async def _openapi(self, _: Request) -> Answer:
        return ok(self._document)

    async def _version_or_none(self) -> int | None:
        try:
            return (await self._champion.current()).version
        except TitanicMlopsError:
            return None

    async def _live(self, receive: Receive, send: Send) -> None:
        """Load the model before the first request, where the server tells that it starts."""
        await receive()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._version_or_none(), START_SECONDS)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @cached_property
    def _code(self) -> str:
        return self._code_version()

    @cached_property
    def _document(self) -> dict[str, Any]:
        from titanic_mlops.derive.openapi import openapi  # noqa: PLC0415 few ask for it

        return openapi(self._problem)

    @cached_property
    def _page(self) -> tuple[bytes, bytes]:
        return read_page()


def _explain(query: str) -> bool:
    asked = dict(parse_qsl(query, keep_blank_values=True)).get("explain", "false")
    if asked not in {"true", "false"}:
        raise Refusal(HTTPStatus.BAD_REQUEST, "The parameter explain is true or false.")
    return asked == "true"


def _idempotency_key(headers: Mapping[bytes, bytes]) -> str | None:
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


def _unexpected(error: Exception) -> Answer:
    """Log a fault of ours by its place, for its text may quote a person's values."""
    trace_id = uuid4().hex
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s, trace %s\n%s", type(error).__name__, trace_id, places)
    refusal = Refusal(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here, and it was logged."
    )
    return problem(refusal, trace_id=trace_id)


async def _send(answer: Answer, send: Send) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    headers = [*answer.headers, *CORS]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append(length)
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
