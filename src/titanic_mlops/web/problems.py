"""Several problems behind one address: each below the path of its name, one of them also at /."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from titanic_mlops.web.access import require_host
from titanic_mlops.web.application import Application, Send, answer, live
from titanic_mlops.web.body import Receive
from titanic_mlops.web.information import HTML, JSON, page
from titanic_mlops.web.negotiation import preferred
from titanic_mlops.web.request import Scope
from titanic_mlops.web.responses import NO_STORE, HTTPProblem, Response, json_response

PROBLEMS = "problems"
"""The path that lists the problems; none may have this name."""


class Problems:
    """Serve the applications of several problems; `default` answers programs at / as well."""

    def __init__(self, applications: Mapping[str, Application], default: str) -> None:
        self._applications = applications
        self._default = applications[default]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            services = [application.service for application in self._applications.values()]
            models = asyncio.gather(*(service.version_or_none() for service in services))
            await live(receive, send, models)
            return
        first, slash, rest = scope["path"].removeprefix("/").partition("/")
        application = self._applications.get(first)
        if application and slash:
            mounted = {**scope, "path": f"/{rest}", "root_path": f"/{first}"}
            await application(mounted, receive, send)
        elif application or self._is_index(scope):
            await answer(scope, send, self._default.access, self._own(scope, first))
        else:
            await self._default(scope, receive, send)

    def _is_index(self, scope: Scope) -> bool:
        if scope["path"] == f"/{PROBLEMS}":
            return True
        is_page = scope["path"] == "/" and scope["method"] in {"GET", "HEAD"}
        return is_page and len(self._applications) > 1 and _prefers_html(scope)

    async def _own(self, scope: Scope, first: str) -> Response:
        require_host(scope, self._default.access.hosts)
        if scope["method"] not in {"GET", "HEAD"}:
            detail = f"Send it to /{first}/, with the slash, or GET this path."
            allow = (b"allow", b"GET, HEAD")
            raise HTTPProblem(HTTPStatus.METHOD_NOT_ALLOWED, detail, headers=(allow,))
        if first in self._applications:  # the links of a page are relative to its folder
            query = b"?" + scope["query_string"] if scope.get("query_string") else b""
            location = (b"location", f"/{first}/".encode() + query)
            return Response(HTTPStatus.PERMANENT_REDIRECT, headers=(location,))
        return page("index") if scope["path"] == "/" else await self._listed()

    async def _listed(self) -> Response:
        listed = [await _described(one) for one in self._applications.values()]
        return json_response({"problems": listed}, NO_STORE)


async def _described(application: Application) -> dict[str, Any]:
    service = application.service
    return {
        "problem": service.problem.name,
        "title": service.problem.title,
        "description": service.problem.description,
        "task": service.problem.task,
        "path": f"/{service.problem.name}/",
        "model_version": await service.version_or_none(),
    }


def _prefers_html(scope: Scope) -> bool:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return preferred(accepted.decode("latin-1"), (JSON, HTML)) == HTML
