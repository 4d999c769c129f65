"""What a crash left between a file and its message is announced again."""

from __future__ import annotations

from collections.abc import Collection

from titanic_mlops.events import INGESTION_COMPLETE, LANDING, IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

UNCHECKED = ("received", "staged", "loaded")
UNTRAINED = "announced"


def sweep(problem: Problem, ports: Ports, *, given_up: Collection[str] = ()) -> list[Entry]:
    """Send the message that moves each unfinished file on; one too many changes nothing.

    Files in `given_up`, by their id, are left to a person. Return the files announced.
    """
    unfinished = [
        entry
        for entry in Ledger(ports.storage, problem.name).entries()
        if entry.state in (*UNCHECKED, UNTRAINED) and entry.file_id not in given_up
    ]
    for entry in unfinished:
        if entry.state == UNTRAINED:
            announce(entry, ports)
        else:
            event = ObjectFinalized(entry.bucket, entry.file, entry.generation)
            ports.bus.publish(LANDING, b"{}", event.to_attributes())
    return unfinished


def announce(entry: Entry, ports: Ports) -> None:
    """Tell training that the rows of a file are loaded."""
    event = IngestionComplete(
        entry.problem, entry.file_id, entry.file, entry.accepted, entry.rejected
    )
    ports.bus.publish(INGESTION_COMPLETE, event.to_bytes(), {"problem": entry.problem})
