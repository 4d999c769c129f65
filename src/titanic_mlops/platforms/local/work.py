"""What the worker of the local platform does: files, events and records, as they come."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from titanic_mlops import functions
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import NotFound, Rejected
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, ObjectFinalized
from titanic_mlops.ledger import Ledger, file_id_of
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.platforms.local.delivery import PATIENT_RETRY_SECONDS, Handler, handle_next
from titanic_mlops.platforms.local.entry_point import EntryPoint
from titanic_mlops.platforms.local.landing_watch import LandingWatch
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.ports import LANDING_BUCKET
from titanic_mlops.problems import problem_names
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

LOOK_SECONDS = 0.25
TELL_SECONDS = 2.0

log = logging.getLogger("titanic_mlops.worker")


@dataclass
class Background:
    """One problem's work: `watch` finds files, `handlers` take messages by their topic."""

    platform: LocalPlatform
    watch: LandingWatch
    handlers: Mapping[str, Handler]
    _strays: set[str] = field(default_factory=set, init=False)
    _stored: int = field(default=0, init=False)
    _next_look: float = field(default=float("-inf"), init=False)
    _told: float = field(default=float("-inf"), init=False)

    def work_once(self) -> bool:
        """Take one step of each kind of work; return whether there was any."""
        self._look_about()
        self._tell_stored()
        if not self.platform.queue.is_waiting():
            return False
        handled = handle_next(self.platform.queue, self.handlers, pauses=PATIENT_RETRY_SECONDS)
        stored = self.store_predictions()
        self.platform.bury()
        return bool(handled or stored)

    def sweep(self) -> None:
        """Take up what a crash, or a full disk, left unfinished."""
        if count := republish(self.platform.problem, self.platform.ports):
            log.info("Predictions back from the spool: %d.", count)
        self.platform.heal()

    def store_predictions(self) -> int:
        """Bring the records of answered requests into their table; return how many."""
        stored = self.platform.store_predictions()
        self._stored += stored
        return stored

    def _look_about(self) -> None:
        """Look for files, at most a tenth of the time, however many have landed."""
        started = time.monotonic()
        if started < self._next_look:
            return
        try:
            self._look()
        finally:
            ended = time.monotonic()
            self._next_look = ended + max(LOOK_SECONDS, 9 * (ended - started))

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
        for name, reason in self.watch.strays(problem_names()):
            if name not in self._strays:
                log.warning("%s is not read: %s.", name, reason)
            self._strays.add(name)

    def _tell_stored(self) -> None:
        now = time.monotonic()
        if self._stored and now - self._told > TELL_SECONDS:
            log.info("Predictions stored: %d.", self._stored)
            self._stored, self._told = 0, now


def open_background(settings: Settings, problem: Problem) -> Background:
    """Return the work of one problem, its events run through the deployed entry points."""
    platform = open_local(settings, problem)
    landing = DirectoryStore(settings.home / LANDING_BUCKET)
    sources = Path(functions.__path__[0])
    return Background(
        platform,
        watch=LandingWatch(landing, f"{problem.name}/"),
        handlers={
            LANDING: EntryPoint("ingest_data", sources / "ingest_data.py").finalized,
            INGESTION_COMPLETE: EntryPoint("train_model", sources / "train_model.py").push,
        },
    )
