from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import application_on, serving
from titanic_mlops.web.application import Application
from titanic_mlops.web.request import Request
from titanic_mlops.web.responses import HTTPProblem, Response, json_response
from titanic_mlops.web.router import Route, Router
from titanic_mlops.web.routes import ROUTES
from titanic_mlops.web.service import Service

HOST = (b"host", b"localhost")


async def read_record(_service: Service, request: Request) -> Response:
    return json_response({"read": dict(request.path)})


async def delete_record(_service: Service, request: Request) -> Response:
    return json_response({"deleted": dict(request.path)})


async def create_record(_service: Service, _request: Request) -> Response:
    return json_response({"created": True})


RECORD_ROUTES = (
    *ROUTES,
    Route("POST", "/records", create_record, "create_record"),
    Route("GET", "/records/{key}", read_record, "read_record"),
    Route("DELETE", "/records/{key}", delete_record, "delete_record"),
    Route("GET", "/records/{key}/fields/{field_name}", read_record, "read_field"),
)


@pytest.fixture
def router() -> Router:
    return Router(RECORD_ROUTES)


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/records/17", {"key": "17"}),
        ("/records/a b.c", {"key": "a b.c"}),
        ("/records/17/fields/Age", {"key": "17", "field_name": "Age"}),
        ("/records", {}),
    ],
)
def test_a_pattern_yields_its_parameters(
    path: str, parameters: Mapping[str, str], router: Router
) -> None:
    assert router.match(path)[1] == parameters


@pytest.mark.parametrize(
    "path", ["/records/", "/records/1/2", "/records/1/", "/recordsX1", "/records/1/fields", "/none"]
)
def test_other_paths_do_not_exist(path: str, router: Router) -> None:
    with pytest.raises(HTTPProblem, match=re.escape("/records/{key}")) as problem:
        router.match(path)
    assert problem.value.status == 404


def test_a_literal_path_precedes_a_pattern() -> None:
    router = Router((*RECORD_ROUTES, Route("GET", "/records/all", create_record, "read_all")))
    assert router.match("/records/all")[0].handlers["GET"] is create_record


def test_a_dot_of_a_pattern_is_no_wildcard() -> None:
    with pytest.raises(HTTPProblem):
        Router(ROUTES).match("/openapi-json")


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/records", b"OPTIONS, POST"),
        ("/records/17", b"DELETE, GET, HEAD, OPTIONS"),
        ("/", b"GET, HEAD, OPTIONS, POST"),
        ("/health", b"GET, HEAD, OPTIONS"),
    ],
)
def test_allow_lists_the_methods_of_a_path(path: str, allow: bytes, router: Router) -> None:
    resource, _ = router.match(path)
    assert resource.allow == allow
    with pytest.raises(HTTPProblem) as problem:
        resource.handler("PATCH")
    assert problem.value.status == 405
    assert problem.value.headers == ((b"allow", allow),)


def test_no_two_routes_share_method_and_pattern() -> None:
    assert len({(route.method, route.pattern) for route in ROUTES}) == len(ROUTES)


@pytest.fixture
def application(tmp_path: Path) -> Application:
    """Return an application that serves RECORD_ROUTES."""
    made = application_on(tmp_path)
    made.service.routes = RECORD_ROUTES
    made._router = Router(RECORD_ROUTES)
    return made


def ask(application: Application, method: str, path: str) -> tuple[int, dict[bytes, bytes], Any]:
    """Call the application without a server."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [HOST], "query_string": b""}
    asyncio.run(application(scope, receive, send))
    start, body = sent
    document = json.loads(body["body"]) if body["body"] else None
    return start["status"], dict(start["headers"]), document


def test_a_route_with_a_parameter_is_served(application: Application) -> None:
    assert ask(application, "GET", "/records/17")[2] == {"read": {"key": "17"}}
    assert ask(application, "HEAD", "/records/17")[2] == {"read": {"key": "17"}}
    assert ask(application, "DELETE", "/records/17")[2] == {"deleted": {"key": "17"}}
    assert ask(application, "POST", "/records/17")[0] == 405
    status, headers, _ = ask(application, "OPTIONS", "/records/17")
    assert (status, headers[b"allow"]) == (204, b"DELETE, GET, HEAD, OPTIONS")
    assert headers[b"access-control-allow-methods"] == headers[b"allow"]


def test_every_route_is_a_link_of_the_service(application: Application) -> None:
    links = ask(application, "GET", "/")[2]["links"]
    assert links == {r.operation: r.pattern for r in RECORD_ROUTES if r.operation != "about"}


def test_the_links_of_the_service_keep_their_names(tmp_path: Path) -> None:
    with serving(application_on(tmp_path), tmp_path) as served:
        links = served.get("/").json["links"]
        assert (
            links.items()
            >= {
                "predict": "/",
                "health": "/health",
                "ready": "/ready",
                "version": "/version",
                "openapi": "/openapi.json",
            }.items()
        )


def test_a_route_without_an_operation_is_no_document(application: Application) -> None:
    with pytest.raises(KeyError, match="create_record"):
        _ = application.service.document
    renamed = [replace(r, operation="health") for r in RECORD_ROUTES if "{key}" in r.pattern]
    application.service.routes = renamed
    assert set(application.service.document["paths"]) == {r.pattern for r in renamed}
