"""Decisions of people about files: release, discard, revoke, restore, end."""

from __future__ import annotations

from titanic_mlops.errors import Rejected
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import REVOCABLE_STATES, TRAINED, Entry, Ledger
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.history import record
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem


def release(file_id: str, problem: Problem, ports: Ports, *, by: str = "") -> Entry:
    """Load a held file's accepted rows, whatever share of its rows was rejected.

    Raises:
        Rejected: the file is not held, or none of its rows is accepted.
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = _held(ledger, file_id)
    if not entry.accepted:
        raise Rejected(f"{entry.explanation.rstrip('.')}; correct the file and upload it again.")
    decided = {"reason": "Released by a person.", "decided_by": by, "trusted": True}
    released = ledger.move(entry, "staged", **decided)
    return _continue(released, problem, ports)


def discard(file_id: str, problem: Problem, ports: Ports, *, by: str = "") -> Entry:
    """Quarantine a held file; the landed object stays in its bucket.

    Raises:
        Rejected: the file is not held.
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = _held(ledger, file_id)
    staging.clear(entry, ports)
    decided = {"reason": "Discarded by a person.", "decided_by": by}
    return record(ports, ledger, entry, "quarantined", **decided)


def revoke(file_id: str, problem: Problem, ports: Ports, *, why: str, by: str) -> Entry:
    """Take a loaded file back: its rows and labels do not count, and a training follows.

    A decision that a crash interrupted is carried out as it was made.

    Raises:
        Rejected: none of its rows is loaded, or they are revoked already.
        Conflict: another process moved the file.
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = ledger.get(file_id)
    if entry.state == "revoking":
        return _continue(entry, problem, ports)
    if entry.state not in REVOCABLE_STATES or not entry.accepted:
        raise Rejected(f"{entry.file} is {entry.state}; only a file with loaded rows is revoked.")
    decided = ledger.move(entry, "revoking", **_decision(ledger, why, by))
    return _continue(decided, problem, ports)


def restore(file_id: str, problem: Problem, ports: Ports, *, why: str, by: str) -> Entry:
    """Let a revoked file's rows and labels count again; a training follows.

    A decision that a crash interrupted is carried out as it was made.

    Raises:
        Rejected: the file is not revoked.
        Conflict: another process moved the file.
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = ledger.get(file_id)
    if entry.state == "restoring":
        return _continue(entry, problem, ports)
    if entry.state != "revoked":
        raise Rejected(f"{entry.file} is {entry.state}, not revoked.")
    decided = ledger.move(entry, "restoring", **_decision(ledger, why, by))
    return _continue(decided, problem, ports)


def accept(file_id: str, problem: Problem, ports: Ports, *, why: str, by: str) -> Entry:
    """Accept the labels of a loaded file, although they contradict the champion.

    Raises:
        Rejected: none of its rows is loaded.
        Conflict: another process moved the file.
        NotFound: no file has this id.
    """
    ledger = Ledger(ports.storage, problem.name)
    entry = ledger.get(file_id)
    if entry.state not in REVOCABLE_STATES or not entry.accepted:
        raise Rejected(f"{entry.file} is {entry.state}; only labels of a loaded file are accepted.")
    reason = f"Its labels are accepted: {why}"
    return record(ports, ledger, entry, entry.state, reason=reason, decided_by=by, trusted=True)


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
    if entry.state in TRAINED:
        reason = "Its training was discarded."
        return record(ports, ledger, entry, TRAINED[entry.state], reason=reason)
    return entry


def _held(ledger: Ledger, file_id: str) -> Entry:
    entry = ledger.get(file_id)
    if entry.state != "held":
        raise Rejected(f"{entry.file} is {entry.state}, not held.")
    return entry


def _decision(ledger: Ledger, why: str, by: str) -> dict[str, object]:
    return {"sequence": ledger.next_number(), "reason": why, "decided_by": by}


def _continue(entry: Entry, problem: Problem, ports: Ports) -> Entry:
    """Run the transitions that follow a decision."""
    return ingest_data(ObjectFinalized(entry.bucket, entry.file, entry.generation), problem, ports)
