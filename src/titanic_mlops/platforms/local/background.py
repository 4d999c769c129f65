"""The worker's tasks for one problem: find files, deliver messages, store records."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.errors import NotFound, Rejected
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, ObjectFinalized
from titanic_mlops.ledger import Ledger, file_id_of
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.platforms.local.delivery import Handler, handle_next
from titanic_mlops.platforms.local.entry_point import EntryPoint
from titanic_mlops.platforms.local.landing_watch import LandingWatch
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.platforms.timing import LANDING_SECONDS, REPORT_SECONDS, WORKER_RETRY_SECONDS
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

log = logging.getLogger("titanic_mlops.worker")


@dataclass
class Background:
    """One problem's tasks: `watch` finds files, `handlers` take messages by their topic."""

    platform: LocalPlatform
    watch: LandingWatch
    handlers: Mapping[str, Handler]
    _stored: int = field(default=0, init=False)
    _next_look: float = field(default=float("-inf"), init=False)
    _logged: float = field(default=float("-inf"), init=False)

    def work_once(self) -> bool:
        """Do one part of each task; return whether there was any."""
        self._look_for_files()
        self._log_stored()
        if not self.platform.queue.has_work():
            return False
        handled = handle_next(self.platform.queue, self.handlers, pauses=WORKER_RETRY_SECONDS)
        stored = self.store_predictions()
        self.platform.store_dead_letters()
        return bool(handled or stored)

    def sweep(self) -> None:
        """Resume what a crash or a full disk left unfinished."""
        self.republish_spooled()
        self.platform.resume_unfinished()

    def republish_spooled(self) -> None:
        """Publish the records of answers that were given while the queue was locked."""
        if count := republish(self.platform.problem, self.platform.ports):
            log.info("%s: spooled predictions published: %d.", self.platform.problem.name, count)

    def store_predictions(self) -> int:
        """Store the records of answered requests in their table; return how many."""
        stored = self.platform.store_predictions()
        self._stored += stored
        return stored

    def _look_for_files(self) -> None:
        """Look for files, for a tenth of the time at most, however many files there are."""
        started = time.monotonic()
        if started < self._next_look:
            return
        try:
            self._look()
        finally:
            ended = time.monotonic()
            self._next_look = ended + max(LANDING_SECONDS, 9 * (ended - started))

    def _look(self) -> None:
        ledger = Ledger(self.platform.ports.storage, self.platform.problem.name)
        for info in self.watch.arrivals():
            landed = ObjectFinalized(LANDING_BUCKET, info.key, info.version)
            try:
                ledger.get(file_id_of(landed))
            except NotFound:
                self.platform.announce_landing(landed)
                log.info("%s has landed.", info.key)
            except Rejected as error:
                log.error("%s", error.detail)  # noqa: TRY400 an expected fault has no traceback

    def _log_stored(self) -> None:
        now = time.monotonic()
        if self._stored and now - self._logged > REPORT_SECONDS:
            log.info("%s: predictions stored: %d.", self.platform.problem.name, self._stored)
            self._stored, self._logged = 0, now


def deployed_handlers() -> Mapping[str, Handler]:
    """Return the deployed entry points by the topic whose messages they take, of any problem."""
    return {
        LANDING: EntryPoint.deployed("ingest_data").finalized,
        INGESTION_COMPLETE: EntryPoint.deployed("train_model").push,
    }


def open_background(
    settings: Settings, problem: Problem, handlers: Mapping[str, Handler]
) -> Background:
    """Return the tasks of one problem, whose messages `handlers` take."""
    platform = open_local(settings, problem)
    landing = LandingFolder(settings.home / LANDING_BUCKET)
    return Background(platform, LandingWatch(landing, f"{problem.name}/"), handlers)
