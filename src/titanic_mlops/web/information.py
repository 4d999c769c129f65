"""Every GET about the service itself: page, health, versions, OpenAPI document."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from importlib.metadata import version as version_of

from titanic_mlops.web.negotiation import preferred
from titanic_mlops.web.pages import read_page
from titanic_mlops.web.request import Request
from titanic_mlops.web.responses import NO_STORE, Response, json_response
from titanic_mlops.web.service import Service

JSON, HTML = "application/json", "text/html"
VARY = (b"vary", b"accept")


async def about(service: Service, request: Request) -> Response:
    """Return the page to a browser, the service information to a program."""
    accept = request.headers.get(b"accept", b"").decode("latin-1")
    if preferred(accept, (JSON, HTML)) == HTML:
        return page("predict")
    information = {
        "service": "titanic-mlops",
        "version": version_of("titanic-mlops"),
        "problem": service.problem.name,
        "title": service.problem.title,
        "model_version": await service.version_or_none(),
        "links": {
            route.operation: request.mounted_at + route.pattern
            for route in service.routes
            if route.operation != "about"  # this response itself
        },
    }
    return json_response(information, NO_STORE, VARY)


def page(name: str) -> Response:
    """Return a page for browsers with its Content-Security-Policy."""
    found = read_page(name)
    html = (b"content-type", f"{HTML}; charset=utf-8".encode())
    policy = (b"content-security-policy", found.policy)
    return Response(HTTPStatus.OK, found.html, (html, policy, VARY))


async def health(_service: Service, _request: Request) -> Response:
    """Return that the process runs."""
    return json_response({"status": "ok"}, NO_STORE)


async def ready(service: Service, _request: Request) -> Response:
    """Return the version that answers.

    Raises:
        NoChampion, ModelDamaged, Unavailable: no model can answer.
    """
    served = await service.champion.current()
    return json_response({"status": "ready", "model_version": served.version}, NO_STORE)


async def version(service: Service, _request: Request) -> Response:
    """Return the versions of the package, the code and the model."""
    versions = {
        "version": version_of("titanic-mlops"),
        "code_version": await asyncio.to_thread(lambda: service.code_version),  # may run git
        "problem": service.problem.name,
        "model_version": await service.version_or_none(),
    }
    return json_response(versions, NO_STORE)


async def openapi(service: Service, request: Request) -> Response:
    """Return the OpenAPI document; its server is where the problem's application is mounted."""
    if not request.mounted_at:
        return json_response(service.document)
    return json_response({**service.document, "servers": [{"url": request.mounted_at}]})
