"""Decisions about files that cannot continue by themselves: release, discard, end."""

from __future__ import annotations

from titanic_mlops.errors import Rejected
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.history import record
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem


def release(file_id: str, problem: Problem, ports: Ports) -> Entry:
    """Load a held file's accepted rows, whatever share of its rows was rejected.

    Raises:
        Rejected: the file is not held, or none of its rows is accepted.
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = _held(ledger, file_id)
    if not entry.accepted:
        raise Rejected(f"{entry.explanation.rstrip('.')}; correct the file and upload it again.")
    ledger.move(entry, "staged", reason="Released by a person.")
    return ingest_data(ObjectFinalized(entry.bucket, entry.file, entry.generation), problem, ports)


def discard(file_id: str, problem: Problem, ports: Ports) -> Entry:
    """Quarantine a held file; the landed object stays in its bucket.

    Raises:
        Rejected: the file is not held.
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = _held(ledger, file_id)
    staging.clear(entry, ports)
    return record(ports, ledger, entry, "quarantined", reason="Discarded by a person.")


def end_file(file_id: str, problem: Problem, ports: Ports) -> Entry:
    """End a file whose step cannot succeed; rows that are loaded stay loaded.

    Raises:
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = ledger.get(file_id)
    if entry.state in ("received", "staged"):
        staging.clear(entry, ports)
        return record(ports, ledger, entry, "quarantined", reason="Discarded with its dead letter.")
    if entry.state in ("loaded", "announced"):
        return record(ports, ledger, entry, "done", reason="Its training was discarded.")
    return entry


def _held(ledger: Ledger, file_id: str) -> Entry:
    entry = ledger.get(file_id)
    if entry.state != "held":
        raise Rejected(f"{entry.file} is {entry.state}, not held.")
    return entry
