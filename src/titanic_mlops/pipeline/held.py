"""A file that cannot go on by itself goes on, or is given up, by a person's word."""

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
    """Let a held file go on, whatever share of its rows was refused.

    Raises:
        Rejected: the file is not held, or cannot be read at all.
        NotFound: there is no such file.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = _held(ledger, file_id)
    if not entry.accepted + entry.rejected:
        raise Rejected(f"{entry.reason.rstrip('.')}; mend it and send it again.")
    ledger.move(entry, "staged", reason="Released by a person.")
    return ingest_data(ObjectFinalized(entry.bucket, entry.file, entry.generation), problem, ports)


def discard(file_id: str, problem: Problem, ports: Ports) -> Entry:
    """Give a held file up; the landed object stays where it is.

    Raises:
        Rejected: the file is not held.
        NotFound: there is no such file.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = _held(ledger, file_id)
    staging.clear(entry, ports)
    return record(ports, ledger, entry, "quarantined", reason="Discarded by a person.")


def give_up(file_id: str, problem: Problem, ports: Ports) -> Entry:
    """End a file whose step failed for good: what is loaded stays loaded.

    Raises:
        NotFound: there is no such file.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = ledger.get(file_id)
    if entry.state in ("received", "staged"):
        staging.clear(entry, ports)
        return record(ports, ledger, entry, "quarantined", reason="Given up by a person.")
    if entry.state in ("loaded", "announced"):
        return record(ports, ledger, entry, "done", reason="Its training was given up by a person.")
    return entry


def _held(ledger: Ledger, file_id: str) -> Entry:
    entry = ledger.get(file_id)
    if entry.state != "held":
        raise Rejected(f"{entry.file} is {entry.state}, not held.")
    return entry
