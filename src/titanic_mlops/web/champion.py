"""The champion's model in memory: loaded once, compared with the registry while requests arrive."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from titanic_mlops.errors import ModelDamaged, NoChampion, TitanicMlopsError
from titanic_mlops.learning.model import Model
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry

RECHECK_SECONDS = 20.0
"""Age of the last check of the registry after which a request makes the next one."""
RECHECK_TIMEOUT_SECONDS = 0.3
"""How long one request waits for a check of the registry; it then uses the model in memory."""
ABSENT_SECONDS = 1.0
"""How long a failed first load is remembered before the next attempt."""

NO_CHAMPION = "No model has been promoted yet."

log = logging.getLogger("titanic_mlops.server")


@dataclass(frozen=True, slots=True)
class Served:
    """A version and its model."""

    version: int
    model: Model


class ChampionInMemory:
    """Hold the champion's model, and replace it when the registry names another champion.

    There is no background thread, because Cloud Run pauses a process between requests. A request
    that finds the last check older than `recheck` seconds checks the registry, one request at a
    time and for RECHECK_TIMEOUT_SECONDS at most; otherwise the last good model answers.
    """

    def __init__(
        self,
        registry: Registry,
        problem: Problem,
        executor: Executor,
        *,
        recheck: float = RECHECK_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._problem = problem
        self._executor = executor
        self._recheck = recheck
        self._now = now
        self._number: int | None = None  # of the newest move that was read
        self._served: Served | None = None
        self._error: TitanicMlopsError | None = None
        self._checked_at = float("-inf")
        self._checking: asyncio.Task[None] | None = None

    @property
    def version(self) -> int | None:
        """Return the version in memory, None before the first load."""
        return self._served.version if self._served else None

    async def current(self) -> Served:
        """Return the version that answers now, with its model.

        Raises:
            NoChampion: no version has been promoted.
            ModelDamaged: neither the champion nor an earlier one can be loaded, or was trained for
                this declaration.
            Unavailable: the registry did not answer.
        """
        age = self._now() - self._checked_at
        if self._served is None:
            if age > min(ABSENT_SECONDS, self._recheck):
                await asyncio.shield(self._check())
            if self._served is None:
                raise self._error or NoChampion(NO_CHAMPION)
        elif age > self._recheck and self._checking is None:
            await asyncio.wait([self._check()], timeout=RECHECK_TIMEOUT_SECONDS)
        return self._served

    def _check(self) -> asyncio.Task[None]:
        if self._checking is None:
            self._checking = asyncio.create_task(self._check_once())
        return self._checking

    async def _check_once(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._executor, self._newest)
            if found:
                self._number, self._served = found
                log.info("%s: serving version %d.", self._registry.problem, self._served.version)
            self._error = None
        except TitanicMlopsError as error:
            self._log(error)
            self._error = error
        finally:
            self._checked_at = self._now()
            self._checking = None

    def _newest(self) -> tuple[int | None, Served] | None:
        """Return the newest move's number and the champion, None if the one in memory serves."""
        moves = self._registry.moves
        if self._served is None or self._number is None:
            newest = moves.newest()
        else:
            newest = moves.newer(self._number)
        if newest is None:
            if self._served:
                return None
            raise NoChampion(NO_CHAMPION)
        number, move = newest
        try:
            return number, self._load(move.version)
        except ModelDamaged as damaged:
            if self._served:
                raise
            return None, self._last_good(damaged)

    def _load(self, version: int) -> Served:
        model = self._registry.load(version)
        self._registry.card(version).require_declared(self._problem, model.classes)
        return Served(version, model)

    def _last_good(self, damaged: ModelDamaged) -> Served:
        """Return the newest earlier champion that can be loaded; the present one is not."""
        self._log(damaged)
        for version in self._registry.champion().earlier:
            try:
                return self._load(version)
            except TitanicMlopsError:
                continue
        raise damaged

    def _log(self, error: TitanicMlopsError) -> None:
        if str(error) == str(self._error):
            return
        if isinstance(error, NoChampion):
            log.info("%s: %s", self._registry.problem, error.detail)
        else:
            still = f" Version {self.version} still answers." if self.version else ""
            log.error("%s: %s%s", self._registry.problem, error.detail, still)
