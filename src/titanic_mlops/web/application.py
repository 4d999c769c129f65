"""The HTTP contract as one raw ASGI application: who asks for what, and what goes back."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from titanic_mlops.errors import TitanicMlopsError, Unavailable
from titanic_mlops.logs import TRACE, trace_of
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import (
    BODY_SECONDS,
    MAX_PENDING_REQUESTS,
    PENDING_RETRY_SECONDS,
    STARTUP_SECONDS,
)
from titanic_mlops.web.body import ClientGone, Receive, read_body, refuse_other_media
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.cors import PREFLIGHT, cross_origin
from titanic_mlops.web.information import Information
from titanic_mlops.web.predictions import PredictionService
from titanic_mlops.web.request import Request, Scope, explain_of, idempotency_key_of
from titanic_mlops.web.responses import (
    NO_STORE,
    Answer,
    Headers,
    Refusal,
    ok,
    problem,
    refusal_of,
    retry_after,
)

Send = Callable[[dict[str, Any]], Awaitable[None]]
Handler = Callable[[Request], Awaitable[Answer]]

PATHS = ("/", "/health", "/ready", "/version", "/openapi.json")

log = logging.getLogger("titanic_mlops.server")


class Application:
    """Answer predictions of one problem, and say how it stands with them.

    Pages of every origin may read the answers, or those of `origins` where some are named.
    """

    def __init__(
        self,
        declared: Problem,
        champion: ChampionInMemory,
        service: PredictionService,
        code_version: Callable[[], str],
        *,
        origins: Collection[str] = (),
    ) -> None:
        self._service = service
        self._origins = origins
        self._max_pending = MAX_PENDING_REQUESTS
        self._body_seconds = BODY_SECONDS
        self._pending = 0
        self._information = about = Information(declared, champion, code_version, PATHS)
        self._routes: dict[str, dict[str, Handler]] = {
            "/": {"GET": about.front, "POST": self._predict},
            "/health": {"GET": about.health},
            "/ready": {"GET": about.ready},
            "/version": {"GET": about.version},
            "/openapi.json": {"GET": about.openapi},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            TRACE.set(_trace(scope))
            try:
                answer = await self._answer(scope, receive)
            except ClientGone:
                return
            await _send(answer, cross_origin(scope, self._origins), send)

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
                headers=retry_after(PENDING_RETRY_SECONDS),
            )
        self._pending += 1
        try:
            refuse_other_media(request.headers)
            explain = explain_of(request.query)
            key = idempotency_key_of(request.headers)
            body = await read_body(request.receive, request.headers, seconds=self._body_seconds)
            answered = await self._service.answer(body, key)
        finally:
            self._pending -= 1
        return ok(answered.document(explain=explain), NO_STORE)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Load the model before the first request, where the server tells that it starts."""
        await receive()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._information.version_or_none(), STARTUP_SECONDS)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


def _trace(scope: Scope) -> str:
    headers = scope["headers"]
    header = next((value for name, value in headers if name == b"x-cloud-trace-context"), b"")
    return trace_of(header.decode("latin-1"))


def _unexpected(error: Exception) -> Answer:
    """Log a fault of ours by its place, for its text may quote a person's values."""
    trace_id = TRACE.get() or uuid4().hex
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s, trace %s\n%s", type(error).__name__, trace_id, places)
    refusal = Refusal(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here, and it was logged."
    )
    return problem(refusal, trace_id=trace_id)


async def _send(answer: Answer, cors: Headers, send: Send) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    headers = [*answer.headers, *cors]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append(length)
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
