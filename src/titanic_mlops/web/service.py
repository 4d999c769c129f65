"""What the handlers of one problem share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from titanic_mlops.derive.openapi import DescribedRoute, openapi
from titanic_mlops.errors import TitanicMlopsError
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import BODY_SECONDS, MAX_PENDING_REQUESTS
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.predictions import PredictionService


class Service:
    """The prediction service of one problem: its champion, its routes, its pending requests."""

    def __init__(
        self,
        problem: Problem,
        champion: ChampionInMemory,
        predictions: PredictionService,
        code_version: Callable[[], str],
        routes: Sequence[DescribedRoute],
    ) -> None:
        self.problem = problem
        self.champion = champion
        self.predictions = predictions
        self.routes = routes
        self.pending = 0
        self.max_pending = MAX_PENDING_REQUESTS
        self.body_seconds = BODY_SECONDS
        self._code_version = code_version

    async def version_or_none(self) -> int | None:
        """Return the version that answers, None while there is none."""
        try:
            return (await self.champion.current()).version
        except TitanicMlopsError:
            return None

    @cached_property
    def code_version(self) -> str:
        """Return the version of the code; the first call may run git."""
        return self._code_version()

    @cached_property
    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        return openapi(self.problem, self.routes)
