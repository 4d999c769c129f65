"""The local platform of one problem: files, DuckDB and a SQLite queue below one home."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import NotFound, Unavailable
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, PREDICTIONS, ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.messages import DeadLetter
from titanic_mlops.pipeline import dead_letters, landing
from titanic_mlops.pipeline.migrate import migrate
from titanic_mlops.pipeline.predict import predict
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.platforms import Progress
from titanic_mlops.platforms.condition import Condition
from titanic_mlops.platforms.local.condition import condition_of
from titanic_mlops.platforms.local.delivery import Handled, handle_next
from titanic_mlops.platforms.local.home import is_writable, make_writable
from titanic_mlops.platforms.local.ports import LANDING_BUCKET, local_ports, open_queue
from titanic_mlops.platforms.local.subscription import BATCH, prediction_subscription
from titanic_mlops.platforms.timing import POLL_SECONDS
from titanic_mlops.platforms.waiting import dead_letter_error, wait_until_final
from titanic_mlops.ports import Ports
from titanic_mlops.prediction import Answered
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import tables_of

log = logging.getLogger("titanic_mlops.queue")


@dataclass(frozen=True)
class LocalPlatform:
    """One problem on one machine; several processes may have it open."""

    problem: Problem
    ports: Ports
    queue: SQLiteQueue
    warehouse: DuckDBWarehouse
    home: Path
    writable: bool = True

    def land(self, path: Path, *, forced: bool = False, folder: str = "") -> Entry:
        """Copy a file into the landing bucket and announce it; return its ledger entry."""
        info = landing.land(path, self.problem, self.ports.landing, folder=folder)
        event = ObjectFinalized(LANDING_BUCKET, info.key, info.version)
        entry = self._ledger.begin(event, forced=forced)
        self.announce_landing(event)
        return entry

    def announce_landing(self, event: ObjectFinalized) -> None:
        """Publish that a file has landed, as Cloud Storage does."""
        self.queue.publish(LANDING, b"{}", event.to_attributes())

    def wait_until_final(self, file_id: str, progress: Progress | None = None) -> Entry:
        """Handle messages until a file is final; a worker may handle some of them meanwhile."""

        def advance(entry: Entry) -> None:
            if not self.handle_next(progress=progress):
                self._wait(entry)

        return wait_until_final(self._ledger, file_id, advance)

    def handle_next(self, *, progress: Progress | None = None) -> Handled | None:
        """Run the step for the oldest pending message; return None when none is pending."""
        from titanic_mlops.platforms.local.steps import (  # noqa: PLC0415 scikit-learn takes 1 s
            steps_of,
        )

        return handle_next(self.queue, steps_of(self.problem, self.ports, progress))

    def dead_letters(self) -> list[DeadLetter]:
        """Return the dead letters, those still in the queue included."""
        if self.writable:
            self.store_dead_letters()
            return dead_letters.dead_letters(self.ports)
        stored: list[DeadLetter] = []
        with suppress(NotFound):  # no table was ever made
            stored = dead_letters.dead_letters(self.ports)
        known = {letter.message.id for letter in stored}
        return stored + [one for one in self.queue.dead() if one.message.id not in known]

    def condition(self) -> Condition:
        """Return the state of the queue, the disk and a running `up`."""
        return condition_of(self.home, self.queue)

    def replay(self, letter: DeadLetter, progress: Progress | None = None) -> list[Entry]:
        """Publish a dead letter again; handle messages until its file, if any, is final."""
        dead_letters.replay(letter, self.ports)
        self.store_predictions()
        return [self.wait_until_final(f, progress) for f in dead_letters.files_of(letter.message)]

    def resume_unfinished(self) -> None:
        """Announce again what a crash left unfinished, unless messages about files are left."""
        if not self.is_busy():
            self.store_dead_letters()
            sweep(self.problem, self.ports, left_out=dead_letters.reasons_by_file(self.ports))

    def collect_messages(self) -> None:
        """Move what the queue keeps into the tables: records of predictions and dead letters."""
        self.store_dead_letters()
        self.store_predictions()

    def forget_deleted(self) -> tuple[str, ...]:
        """Rewrite the files of the warehouse and the queue; nothing else keeps deleted rows."""
        self.warehouse.forget_deleted_rows()
        self.queue.forget_deleted_messages()
        return ()

    def predict(self, request: object) -> Answered:
        """Answer one request and store its records."""
        answered = predict(request, self.problem, self.ports)
        self.store_predictions()
        return answered

    def store_dead_letters(self) -> None:
        """Move the queue's dead letters into their table."""
        for letter in self.queue.dead():
            dead_letters.store_dead_letter(letter, self.ports)
            log.error(
                "%s is a dead letter after %d deliveries: %s. `titanic-mlops dead list` shows it.",
                dead_letters.describe(letter.message),
                letter.attempts,
                letter.reason.rstrip("."),
            )
            with suppress(NotFound):  # another process was faster
                self.queue.discard(letter.message.id)

    def store_predictions(self) -> int:
        """Store the records of answered requests in their table; return how many.

        Records published meanwhile are left for the next call: under load there is no end.
        """
        batches = ceil(self.queue.depth([PREDICTIONS]) / BATCH)
        subscription = prediction_subscription(self.queue, self.warehouse, self.problem)
        return sum(subscription.pull() for _ in range(batches))

    def is_busy(self) -> bool:
        """Return whether a message about a file is pending or leased."""
        return self.queue.depth([LANDING, INGESTION_COMPLETE]) > 0

    def _wait(self, entry: Entry) -> None:
        """Wait for another process or a redelivery, if either will come."""
        self.store_dead_letters()
        if reason := dead_letters.reasons_by_file(self.ports).get(entry.file_id):
            raise dead_letter_error(entry, reason)
        if not self.is_busy() and self._ledger.get(entry.file_id) == entry:
            raise Unavailable(
                f"{entry.file} is {entry.state} and no message about it is left; the next "
                "`titanic-mlops ingest` of any file announces it again."
            )
        time.sleep(POLL_SECONDS)

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.ports.storage, self.problem.name)


def open_local(settings: Settings, problem: Problem, *, reading: bool = False) -> LocalPlatform:
    """Return the platform of one problem; create its folders and tables where missing.

    For `reading` alone, a home that cannot be written is left as it is.

    Raises:
        Unavailable: the home cannot be written.
    """
    warehouse = DuckDBWarehouse(settings.home / f"{problem.name}.duckdb")
    writable = not reading or is_writable(settings.home)
    if writable:
        make_writable(settings.home)
        warehouse.ensure(tables_of(problem))
        LandingFolder(settings.home / LANDING_BUCKET).begin()
    queue = open_queue(settings, problem)
    pinned = problem.name in settings.pinned
    ports = replace(local_ports(settings, warehouse, queue), pinned=pinned)
    if writable and (count := migrate(problem, ports)):
        log.info("Rows that a former version had merged are kept file by file now: %d.", count)
    return LocalPlatform(problem, ports, queue, warehouse, settings.home, writable)
