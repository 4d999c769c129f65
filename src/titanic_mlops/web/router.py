"""From the path of a request to its handlers: literal paths by a look-up, then patterns."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from titanic_mlops.web.request import Request
from titanic_mlops.web.responses import HTTPProblem, Response
from titanic_mlops.web.service import Service

Handler = Callable[[Service, Request], Awaitable[Response]]

PARAMETER = re.compile(r"\\\{(\w+)\\\}")
"""A parameter such as `{key}` in a pattern that `re.escape` has gone over."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path pattern, the handler that answers, the operation that describes it.

    `operation` names an operation of the OpenAPI document; `{key}` in `pattern` is a parameter
    that matches one segment of a path.
    """

    method: str
    pattern: str
    handler: Handler
    operation: str


@dataclass(frozen=True, slots=True)
class Resource:
    """The handlers of one path by method, HEAD among them, and what `Allow` says."""

    handlers: Mapping[str, Handler]
    allow: bytes

    def handler(self, method: str) -> Handler:
        """Return the handler of a method.

        Raises:
            HTTPProblem: 405.
        """
        handler = self.handlers.get(method)
        if handler is None:
            raise HTTPProblem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"This path allows the methods {self.allow.decode()}.",
                headers=((b"allow", self.allow),),
            )
        return handler


class Router:
    """Find the resource of a path among some routes."""

    def __init__(self, routes: Sequence[Route]) -> None:
        resources = {route.pattern: _resource(route.pattern, routes) for route in routes}
        self._patterns = ", ".join(resources)
        self._literal = {path: found for path, found in resources.items() if "{" not in path}
        self._parametric = [
            (re.compile(PARAMETER.sub(r"(?P<\1>[^/]+)", re.escape(pattern))), found)
            for pattern, found in resources.items()
            if "{" in pattern
        ]

    def match(self, path: str) -> tuple[Resource, Mapping[str, str]]:
        """Return the resource of a path, and the values of the parameters.

        Raises:
            HTTPProblem: 404.
        """
        literal = self._literal.get(path)
        if literal is not None:
            return literal, {}
        for pattern, resource in self._parametric:
            if found := pattern.fullmatch(path):
                return resource, found.groupdict()
        detail = f"This path does not exist; the paths are {self._patterns}."
        raise HTTPProblem(HTTPStatus.NOT_FOUND, detail)


def allow_of(methods: Iterable[str]) -> bytes:
    """Return what `Allow` says of a path with handlers for these methods."""
    implied = {"HEAD", "OPTIONS"} if "GET" in methods else {"OPTIONS"}
    return ", ".join(sorted({*methods, *implied})).encode()


def _resource(pattern: str, routes: Iterable[Route]) -> Resource:
    handlers = {route.method: route.handler for route in routes if route.pattern == pattern}
    head = {"HEAD": handlers["GET"]} if "GET" in handlers else {}
    return Resource(handlers | head, allow_of(handlers))
