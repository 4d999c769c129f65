"""What the service tells of itself: its page, its state, its versions, its document."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import cached_property
from http import HTTPStatus
from importlib.metadata import version as version_of
from typing import Any

from titanic_mlops.errors import TitanicMlopsError
from titanic_mlops.problems.base import Problem
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.pages import read_page
from titanic_mlops.web.request import Request
from titanic_mlops.web.responses import NO_STORE, Answer, ok


class Information:
    """Answer every GET about the service of one problem; `paths` are all that it serves."""

    def __init__(
        self,
        declared: Problem,
        champion: ChampionInMemory,
        code_version: Callable[[], str],
        paths: Iterable[str],
    ) -> None:
        self._problem = declared
        self._champion = champion
        self._code_version = code_version
        self._paths = paths

    async def front(self, request: Request) -> Answer:
        """Return the page to a browser, the service information to a program."""
        vary = (b"vary", b"accept")
        if b"text/html" in request.headers.get(b"accept", b""):
            body, policy = self._page
            html = (b"content-type", b"text/html; charset=utf-8")
            return Answer(HTTPStatus.OK, body, (html, (b"content-security-policy", policy), vary))
        links = {path.strip("/").removesuffix(".json") or "predict": path for path in self._paths}
        information = {
            "service": "titanic-mlops",
            "version": version_of("titanic-mlops"),
            "problem": self._problem.name,
            "title": self._problem.title,
            "model_version": await self.version_or_none(),
            "links": links,
        }
        return ok(information, NO_STORE, vary)

    async def health(self, _: Request) -> Answer:
        """Return that the process runs."""
        return ok({"status": "ok"}, NO_STORE)

    async def ready(self, _: Request) -> Answer:
        """Return the version that answers.

        Raises:
            NoChampion, ModelDamaged, Unavailable: there is none to answer with.
        """
        served = await self._champion.current()
        return ok({"status": "ready", "model_version": served.version}, NO_STORE)

    async def version(self, _: Request) -> Answer:
        """Return which code and which model answer."""
        versions = {
            "version": version_of("titanic-mlops"),
            "code_version": await asyncio.to_thread(lambda: self._code),  # it asks git
            "problem": self._problem.name,
            "model_version": await self.version_or_none(),
        }
        return ok(versions, NO_STORE)

    async def openapi(self, _: Request) -> Answer:
        """Return the OpenAPI document."""
        return ok(self._document)

    async def version_or_none(self) -> int | None:
        """Return the version that answers, None where there is none."""
        try:
            return (await self._champion.current()).version
        except TitanicMlopsError:
            return None

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
