"""The champion in memory: loaded once, looked after while requests come."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from titanic_mlops.champion import Champion
from titanic_mlops.errors import ModelDamaged, NoChampion, TitanicMlopsError
from titanic_mlops.learning.model import Model
from titanic_mlops.registry import Registry

RECHECK_SECONDS = 20.0
PATIENCE_SECONDS = 0.3
ABSENT_SECONDS = 1.0
"""How long an answer "there is none" stands."""

log = logging.getLogger("titanic_mlops.server")


@dataclass(frozen=True, slots=True)
class Served:
    """A version and its model."""

    version: int
    model: Model


class ChampionInMemory:
    """Hold the champion's model, and exchange it when the registry names another one.

    Nothing here runs by itself, for a process may stand still between requests: a request
    that finds the last look older than `recheck` seconds looks again, one at a time and
    for 300 ms at most, and otherwise goes on with the last good model.
    """

    def __init__(
        self,
        registry: Registry,
        executor: Executor,
        *,
        recheck: float = RECHECK_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._executor = executor
        self._recheck = recheck
        self._now = now
        self._known = Champion()
        self._served: Served | None = None
        self._error: TitanicMlopsError | None = None
        self._looked = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    @property
    def version(self) -> int | None:
        """Return the version in memory, None before one was loaded."""
        return self._served.version if self._served else None

    async def current(self) -> Served:
        """Return who answers now.

        Raises:
            NoChampion: nothing was promoted yet.
            ModelDamaged: neither the champion nor one before it can be loaded.
            Unavailable: the registry did not answer.
        """
        age = self._now() - self._looked
        if self._served is None:
            if age > min(ABSENT_SECONDS, self._recheck):
                await asyncio.shield(self._look())
            if self._served is None:
                raise self._error or NoChampion("No version was promoted yet.")
        elif age > self._recheck and self._looking is None:
            await asyncio.wait([self._look()], timeout=PATIENCE_SECONDS)
        return self._served

    def _look(self) -> asyncio.Task[None]:
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_once())
        return self._looking

    async def _look_once(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._executor, self._newest)
            if found:
                self._known, self._served = found
                log.info("Serving version %d.", self._served.version)
            self._error = None
        except TitanicMlopsError as error:
            self._tell(error)
            self._error = error
        finally:
            self._looked = self._now()
            self._looking = None

    def _newest(self) -> tuple[Champion, Served] | None:
        """Return the champion, loaded, unless it is in memory already."""
        champion = self._registry.champion_unless(self._known)
        if champion is None and self._served:
            return None
        champion = champion or self._registry.champion()
        if not champion.version:
            raise NoChampion("There is no model yet: nothing was promoted.")
        try:
            return champion, Served(champion.version, self._registry.load(champion.version))
        except ModelDamaged as damaged:
            if self._served:
                raise
            return Champion(), self._last_good(champion, damaged)

    def _last_good(self, champion: Champion, damaged: ModelDamaged) -> Served:
        """Return the newest earlier champion that can be loaded, in place of a damaged one."""
        self._tell(damaged)
        earlier = [move.version for move in champion.history if move.version not in champion.barred]
        for version in dict.fromkeys(reversed(earlier)):
            try:
                return Served(version, self._registry.load(version))
            except TitanicMlopsError:
                continue
        raise damaged

    def _tell(self, error: TitanicMlopsError) -> None:
        if str(error) == str(self._error):
            return
        if isinstance(error, NoChampion):
            log.info("%s", error.detail)
        else:
            going_on = f" Version {self.version} goes on serving." if self.version else ""
            log.error("%s%s", error.detail, going_on)
