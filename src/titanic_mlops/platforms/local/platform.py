"""The local platform of one problem: files, DuckDB, a SQLite queue, below one home."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from titanic_mlops.adapters.local.messages import Delivery
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import EventUnreadable, NotFound, Unavailable
from titanic_mlops.events import (
    INGESTION_COMPLETE,
    LANDING,
    PREDICTIONS,
    IngestionComplete,
    Message,
    ObjectFinalized,
)
from titanic_mlops.pipeline.landing import land
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.platforms.local.delivery import Handled, Handler, handle_next
from titanic_mlops.platforms.local.subscription import BATCH, TableSubscription
from titanic_mlops.platforms.ports import LANDING_BUCKET, open_ports, open_queue, open_warehouse
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import HOME, Settings
from titanic_mlops.tables.problem import predictions_data, tables_of

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("titanic_mlops.queue")

Progress = Callable[[int], None]


@dataclass(frozen=True)
class LocalPlatform:
    """One problem on one machine."""

    problem: Problem
    ports: Ports
    queue: SQLiteQueue
    warehouse: DuckDBWarehouse

    def land(self, path: Path) -> ObjectFinalized:
        """Copy a file into the landing bucket, whole or not at all."""
        info = land(path, self.problem, self.ports.landing)
        return ObjectFinalized(LANDING_BUCKET, info.key, info.version)

    def announce_landing(self, event: ObjectFinalized) -> None:
        """Tell the platform that a file has landed, as Cloud Storage does."""
        self.queue.publish(LANDING, b"{}", event.to_attributes())

    def bury(self) -> None:
        """Bring the queue's dead letters into their table."""
        from titanic_mlops.pipeline.dead_letters import (  # noqa: PLC0415 loads pyarrow
            DeadLetter,
            bury,
            describe,
        )

        for dead in self.queue.dead():
            message = Message(dead.id, dead.topic, dead.data, dead.attributes, dead.publish_time)
            bury(DeadLetter(message, dead.reason, dead.attempts), self.ports)
            log.error(
                "%s was given up after %d tries: %s. `titanic-mlops dead list` tells more.",
                describe(message),
                dead.attempts,
                dead.reason.rstrip("."),
            )
            with suppress(NotFound):  # another process was faster
                self.queue.discard(dead.id)

    def given_up(self) -> dict[str, str]:
        """Return the files whose message became a dead letter, by id, and why."""
        from titanic_mlops.pipeline.dead_letters import given_up  # noqa: PLC0415 loads pyarrow

        self.bury()
        return given_up(self.ports)

    def heal(self) -> None:
        """Announce again what a crash left unfinished, when no message is under way."""
        if not self.is_busy():
            sweep(self.problem, self.ports, given_up=self.given_up())

    def is_busy(self) -> bool:
        """Return whether a message about a file waits or is being worked on."""
        return self.queue.depth([LANDING, INGESTION_COMPLETE]) > 0

    def handle_next(self, *, progress: Progress | None = None) -> Handled | None:
        """Run the step that the oldest waiting message asks for; None when nothing waits."""
        handlers: dict[str, Handler] = {
            LANDING: lambda delivery: self._ingest(delivery, progress),
            INGESTION_COMPLETE: self._train,
        }
        return handle_next(self.queue, handlers)

    def store_predictions(self) -> int:
        """Bring the records of answered requests into their table; return how many.

        What is published meanwhile may wait: under load there would be no end.
        """
        table = predictions_data(self.problem)
        subscription = TableSubscription(
            self.queue, PREDICTIONS, self.warehouse, table.name, self._prediction_rows
        )
        batches = ceil(self.queue.depth([PREDICTIONS]) / BATCH)
        return sum(subscription.pull() for _ in range(batches))

    def _ingest(self, delivery: Delivery, progress: Progress | None) -> None:
        from titanic_mlops.pipeline.ingest_data import ingest_data  # noqa: PLC0415 loads pyarrow

        event = ObjectFinalized.from_attributes(delivery.attributes)
        ingest_data(event, self.problem, self.ports, progress=progress)

    def _train(self, delivery: Delivery) -> None:
        from titanic_mlops.pipeline.train_model import (  # noqa: PLC0415 loads scikit-learn
            train_model,
        )

        train_model(IngestionComplete.from_bytes(delivery.data), self.problem, self.ports)

    def _prediction_rows(self, messages: list[bytes]) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415 loads for long

        from titanic_mlops.tables.arrow import arrow_schema  # noqa: PLC0415 loads pyarrow

        schema = arrow_schema(predictions_data(self.problem))
        try:
            rows = [json.loads(message) for message in messages]
            for row in rows:
                row["requested_at"] = datetime.fromisoformat(row["requested_at"]).astimezone(UTC)
            return pa.Table.from_pylist(rows, schema=schema)
        except (KeyError, ValueError, TypeError, RecursionError, OverflowError) as error:
            raise EventUnreadable(
                f"A message on {PREDICTIONS} is no record of one: {type(error).__name__}."
            ) from error


def open_local(settings: Settings, problem: Problem) -> LocalPlatform:
    """Return the local platform of one problem, its folders and tables made where missing.

    Raises:
        Unavailable: the home cannot be written.
    """
    refuse_unwritable(settings.home)
    warehouse, queue = open_warehouse(settings, problem), open_queue(settings, problem)
    warehouse.ensure(tables_of(problem))
    ports = replace(open_ports(settings, problem), warehouse=warehouse, bus=queue)
    return LocalPlatform(problem, ports, queue, warehouse)


def refuse_unwritable(home: Path) -> None:
    """Raise Unavailable for a home that nothing can be kept in."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise Unavailable(
            f"{home} cannot be written ({error.strerror}); set {HOME} to a folder that can."
        ) from error
