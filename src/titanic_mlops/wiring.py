"""Settings -> adapters -> steps ready to call: the one place that knows concrete classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from titanic_mlops.adapters.local.clock import SystemClock
from titanic_mlops.adapters.local.code_version import code_version
from titanic_mlops.adapters.local.messages import DeadLetter, Delivery
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.adapters.local.worker import Handled, handle_next
from titanic_mlops.derive import bigquery, sql
from titanic_mlops.errors import Conflict, Rejected, Unavailable
from titanic_mlops.events import (
    INGESTION_COMPLETE,
    LANDING,
    PREDICTIONS,
    IngestionComplete,
    ObjectFinalized,
)
from titanic_mlops.ledger import file_id_of
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.ports import ObjectInfo, Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import HOME, Settings

__all__ = ["DeadLetter", "LocalPlatform", "files_of", "open_local"]

LANDING_BUCKET = "landing"
STORAGE_BUCKET = "storage"
_CHUNK = 1 << 20

Progress = Callable[[int], None]


@dataclass(frozen=True)
class LocalPlatform:
    """One problem on one machine: files, DuckDB, a SQLite queue, below one home."""

    problem: Problem
    ports: Ports
    queue: SQLiteQueue

    def land(self, path: Path) -> ObjectFinalized:
        """Copy a file into the landing bucket, whole or not at all.

        What landed before is kept: other bytes of the same name land as name-2, name-3, ...
        """
        for number in count(1):
            suffix = f"-{number}" if number > 1 else ""
            key = f"{self.problem.name}/{path.stem}{suffix}{path.suffix}"
            stored = self.ports.landing.stat(key)
            if stored and not self._holds(stored, path):
                continue
            try:
                with path.open("rb") as file:
                    known = stored.version if stored else 0
                    info = self.ports.landing.put(key, file, if_version=known)
            except Conflict:
                continue
            return ObjectFinalized(LANDING_BUCKET, info.key, info.version)
        raise AssertionError("count() never ends")

    def _holds(self, stored: ObjectInfo, path: Path) -> bool:
        """Return whether an object has the very bytes of a file."""
        if stored.size != path.stat().st_size:
            return False
        with self.ports.landing.open(stored.key, version=stored.version) as landed:
            digest = _sha256(landed)
        with path.open("rb") as file:
            return _sha256(file) == digest

    def announce_landing(self, event: ObjectFinalized) -> None:
        """Tell the platform that a file has landed, as Cloud Storage does."""
        self.queue.publish(LANDING, b"{}", event.to_attributes())

    def given_up(self) -> dict[str, str]:
        """Return the files whose message became a dead letter, by id, and why."""
        return {
            file_id: letter.reason for letter in self.queue.dead() for file_id in files_of(letter)
        }

    def heal(self) -> None:
        """Announce again what a crash left unfinished, when no message is under way."""
        if not self.is_busy():
            sweep(self.problem, self.ports, given_up=self.given_up())

    def is_busy(self) -> bool:
        """Return whether a message about a file waits or is being worked on."""
        return self.queue.depth([LANDING, INGESTION_COMPLETE]) > 0

    def handle_next(self, *, progress: Progress | None = None) -> Handled | None:
        """Run the step that the oldest waiting message asks for; None when nothing waits."""
        handlers = {
            LANDING: lambda delivery: self._ingest(delivery, progress),
            INGESTION_COMPLETE: self._train,
            PREDICTIONS: self._store_prediction,
        }
        return handle_next(self.queue, handlers)

    def store_predictions(self) -> None:
        """Bring the records of answered requests into their table."""
        while handle_next(self.queue, {PREDICTIONS: self._store_prediction}):
            pass

    def _ingest(self, delivery: Delivery, progress: Progress | None) -> None:
        from titanic_mlops.pipeline.ingest_data import ingest_data  # noqa: PLC0415 loads pyarrow

        event = _decoded(lambda: ObjectFinalized.from_attributes(dict(delivery.attributes)))
        ingest_data(event, self.problem, self.ports, progress=progress)

    def _train(self, delivery: Delivery) -> None:
        from titanic_mlops.pipeline.train_model import (  # noqa: PLC0415 loads scikit-learn
            train_model,
        )

        event = _decoded(lambda: IngestionComplete.from_bytes(delivery.data))
        train_model(event, self.problem, self.ports)

    def _store_prediction(self, delivery: Delivery) -> None:
        table = bigquery.predictions_data(self.problem)
        row = _decoded(lambda: json.loads(delivery.data))
        row["requested_at"] = datetime.fromisoformat(row["requested_at"])
        self.ports.warehouse.execute(sql.insert(table), row)


def open_local(settings: Settings, problem: Problem) -> LocalPlatform:
    """Return the local platform of one problem, its folders and tables made where missing.

    Raises:
        Unavailable: the home cannot be written.
    """
    home = settings.home
    _refuse_unwritable(home)
    warehouse = DuckDBWarehouse(home / f"{problem.name}.duckdb")
    warehouse.ensure(bigquery.tables(problem))
    queue = SQLiteQueue(home / f"{problem.name}.queue.sqlite")
    ports = Ports(
        landing=DirectoryStore(home / LANDING_BUCKET),
        storage=DirectoryStore(home / STORAGE_BUCKET),
        warehouse=warehouse,
        bus=queue,
        clock=SystemClock(),
        code_version=code_version,
    )
    return LocalPlatform(problem, ports, queue)


def _sha256(stream: BinaryIO) -> str:
    digest = sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _refuse_unwritable(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise Unavailable(
            f"{home} cannot be written ({error.strerror}); set {HOME} to a folder that can."
        ) from error


def files_of(letter: DeadLetter) -> Iterator[str]:
    """Yield the id of the file that a dead letter is about; nothing where it is about none."""
    with suppress(KeyError, ValueError, TypeError):
        if letter.topic == LANDING:
            yield file_id_of(ObjectFinalized.from_attributes(dict(letter.attributes)))
        elif letter.topic == INGESTION_COMPLETE:
            yield IngestionComplete.from_bytes(letter.data).batch


def _decoded(decode: Callable[[], Any]) -> Any:  # noqa: ANN401 whatever the message holds
    try:
        return decode()
    except (KeyError, ValueError, TypeError) as error:
        raise Rejected(f"a message is not of the form its topic carries: {error!r}") from error
