"""The message that asks for a training: the rows of a file are loaded."""

from __future__ import annotations

from titanic_mlops.events import INGESTION_COMPLETE, IngestionComplete
from titanic_mlops.ledger import Entry
from titanic_mlops.ports import Ports


def announce(entry: Entry, ports: Ports) -> None:
    """Publish on `ingestion_complete` that a file's rows are loaded."""
    event = IngestionComplete(
        entry.problem, entry.file_id, entry.file, entry.accepted, entry.rejected
    )
    ports.bus.publish(INGESTION_COMPLETE, event.to_bytes(), {"problem": entry.problem})
