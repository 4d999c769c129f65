"""Predictions over HTTP: functions-framework mounts the application that `up` serves itself."""

from __future__ import annotations

import os
from functools import cache
from typing import cast

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from titanic_mlops.logs import configure_cloud_logging
from titanic_mlops.platforms.serving import open_problems
from titanic_mlops.settings import Settings
from titanic_mlops.web.problems import Problems


@functions_framework.aio.http
async def predictions_endpoint(_: Request) -> Response:
    """Return the application, which functions-framework calls as an ASGI response."""
    return cast("Response", _application())


@cache
def _application() -> Problems:
    settings = Settings.from_env(os.environ)
    if settings.cloud:
        configure_cloud_logging(settings.cloud.project)
    return open_problems(settings)
