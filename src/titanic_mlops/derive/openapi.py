"""From a problem and the routes of its service to the OpenAPI 3.1 document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from titanic_mlops.derive.openapi_components import Json, components
from titanic_mlops.derive.operations import operations
from titanic_mlops.problems.base import Problem

API_VERSION = "1"
"""The version of the HTTP contract; a release of the package does not change it."""


class DescribedRoute(Protocol):
    """What the document needs of a route: method, path pattern, name of the operation."""

    @property
    def method(self) -> str:
        """Return the HTTP method in capitals."""

    @property
    def pattern(self) -> str:
        """Return the path with its parameters in braces, as OpenAPI writes it."""

    @property
    def operation(self) -> str:
        """Return the operationId."""


def openapi(problem: Problem, routes: Iterable[DescribedRoute]) -> Json:
    """Return the document of the service that predicts for `problem` under `routes`."""
    described = operations(problem)
    record = problem.record.__name__
    paths: Json = {}
    for route in routes:
        operation = {"operationId": route.operation, **described[route.operation]}
        paths.setdefault(route.pattern, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": problem.title,
            "version": API_VERSION,
            "description": f"Predicts {problem.target} of a {record} and says why.",
        },
        "paths": paths,
        "components": components(problem),
    }
