"""The HTTP service as one raw ASGI application: routing, CORS, problem documents."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from titanic_mlops.errors import TitanicMlopsError, Unavailable
from titanic_mlops.logs import TRACE, trace_of
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import STARTUP_SECONDS
from titanic_mlops.web.access import ANYONE, Access, require_host
from titanic_mlops.web.body import ClientDisconnected, Receive
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.cors import cors_headers, preflight_headers
from titanic_mlops.web.predictions import PredictionService
from titanic_mlops.web.request import Request, Scope
from titanic_mlops.web.responses import (
    Headers,
    HTTPProblem,
    Response,
    http_problem_of,
    problem_response,
)
from titanic_mlops.web.router import Route, Router
from titanic_mlops.web.routes import ROUTES
from titanic_mlops.web.service import Service

Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger("titanic_mlops.server")


class Application:
    """Serve the routes of one problem to those that `access` admits."""

    def __init__(
        self,
        problem: Problem,
        champion: ChampionInMemory,
        predictions: PredictionService,
        code_version: Callable[[], str],
        *,
        access: Access = ANYONE,
        routes: Sequence[Route] = ROUTES,
    ) -> None:
        self.service = Service(problem, champion, predictions, code_version, routes)
        self._router = Router(routes)
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await live(receive, send, self.service.version_or_none())
        elif scope["type"] == "http":
            await answer(scope, send, self.access, self._dispatch(scope, receive))

    async def _dispatch(self, scope: Scope, receive: Receive) -> Response:
        require_host(scope, self.access.hosts)
        resource, parameters = self._router.match(scope["path"])
        method = scope["method"]
        if method == "OPTIONS":
            return Response(HTTPStatus.NO_CONTENT, headers=preflight_headers(resource.allow))
        handler = resource.handler(method)
        return await handler(self.service, Request(scope, receive, parameters))


async def answer(
    scope: Scope, send: Send, access: Access, dispatched: Coroutine[Any, Any, Response]
) -> None:
    """Send the response that a request is dispatched to, or the problem document of its error."""
    TRACE.set(_trace(scope))
    try:
        response = await _respond(dispatched)
    except ClientDisconnected:
        return
    await _send(response, cors_headers(scope, access.origins), send)


async def live(receive: Receive, send: Send, loaded: Awaitable[object]) -> None:
    """Wait for the models before the first request, where the server announces its start."""
    await receive()
    with suppress(TimeoutError):
        await asyncio.wait_for(loaded, STARTUP_SECONDS)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _respond(dispatched: Coroutine[Any, Any, Response]) -> Response:
    try:
        return await dispatched
    except HTTPProblem as problem:
        return problem_response(problem)
    except ClientDisconnected:
        raise
    except TitanicMlopsError as error:
        expected = http_problem_of(error)
        if isinstance(error, Unavailable):
            log.error("Answered 503: %s", error.detail)  # noqa: TRY400 the sentence says it
        return problem_response(expected) if expected else _unexpected(error)
    except Exception as error:  # noqa: BLE001 no client sees the text of an unexpected error
        return _unexpected(error)


def _trace(scope: Scope) -> str:
    headers = scope["headers"]
    header = next((value for name, value in headers if name == b"x-cloud-trace-context"), b"")
    return trace_of(header.decode("latin-1"))


def _unexpected(error: Exception) -> Response:
    """Return 500 and log where the error arose, not its text: that may quote personal values."""
    trace_id = TRACE.get() or uuid4().hex
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s, trace %s\n%s", type(error).__name__, trace_id, places)
    detail = "The service failed unexpectedly; its log has the reason under this trace_id."
    problem = HTTPProblem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
    return problem_response(problem, trace_id=trace_id)


async def _send(response: Response, cors: Headers, send: Send) -> None:
    headers = [*response.headers, *cors]
    if response.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(response.body)).encode()))
    start = {"type": "http.response.start", "status": int(response.status), "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": response.body})
