"""A landed file becomes checked rows, exactly once.

Each state of the ledger that is not final has one transition. A transition first does what
can be repeated without effect, then moves the entry by compare-and-set. When another
delivery has moved the entry first, this one continues from the state that it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from titanic_mlops.claims import Claims
from titanic_mlops.errors import Conflict, EventUnreadable, FileRejected, NotFound
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ingestion import CheckedFile, compare
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.admission import reasons_to_hold
from titanic_mlops.pipeline.announcement import announce
from titanic_mlops.pipeline.erasures import delete_erased_rows, erased_records, require_same
from titanic_mlops.pipeline.extraction import extraction_of
from titanic_mlops.pipeline.history import record
from titanic_mlops.pipeline.landed_file import check_rows, download, reason_to_ignore
from titanic_mlops.pipeline.outcome import outcome_of
from titanic_mlops.pipeline.recent_files import recent_statistics, remember_statistics
from titanic_mlops.pipeline.revocations import store_revocation
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Run:
    problem: Problem
    ports: Ports
    ledger: Ledger
    progress: Progress | None

    def move(self, entry: Entry, state: str, **changes: object) -> Entry:
        """Record the state in the history, then enter it."""
        return record(self.ports, self.ledger, entry, state, **changes)


def ingest_data(
    event: ObjectFinalized,
    problem: Problem,
    ports: Ports,
    *,
    forced: bool = False,
    progress: Progress | None = None,
) -> Entry:
    """Move one landed file through its transitions; return its entry in the state it reaches.

    `forced` loads a file although the same bytes were loaded before; `progress` is called
    with the number of bytes read so far.

    Raises:
        EventUnreadable: the file is in another bucket.
    """
    if event.bucket != ports.landing_bucket:
        raise EventUnreadable(
            f"An event tells of {event.name} in the bucket {event.bucket}; files are read from "
            f"the bucket {ports.landing_bucket} only."
        )
    run = _Run(problem, ports, Ledger(ports.storage, problem.name), progress)
    entry = run.ledger.begin(event, forced=forced)
    while entry.state in TRANSITIONS:
        try:
            entry = TRANSITIONS[entry.state](run, entry)
        except (Conflict, NotFound):  # another delivery is ahead and has removed staged rows
            ahead = run.ledger.get(entry.file_id)
            if ahead == entry:
                raise
            if ahead.state not in {"received", "staged", "held"}:
                staging.clear(entry, ports)  # this run may have staged rows after the removal
            entry = ahead
    return entry


def _check(run: _Run, entry: Entry) -> Entry:
    """Received → staged: the checked rows are stored as Parquet, accepted and rejected apart."""
    if reason := reason_to_ignore(entry):
        return run.move(entry, "ignored", reason=reason)
    entry = replace(entry, extraction=extraction_of(entry, run.ports))
    with TemporaryDirectory() as folder:
        local = Path(folder) / "landed"
        try:
            digest = download(entry, local, run.ports)
        except NotFound:
            return run.move(entry, "gone", reason=f"{entry.file} was gone before it was read.")
        except FileRejected as rejection:
            return run.move(entry, rejection.state, reason=rejection.detail)
        owner = Claims(run.ports.storage, run.problem.name).claim(entry, digest)
        if owner != entry.file_id and not entry.forced:
            reason = f"The same bytes landed before, as {run.ledger.get(owner).file}."
            return run.move(entry, "duplicate", sha256=digest, reason=reason, duplicate_of=owner)
        erased = erased_records(run.problem, run.ports)
        try:
            checked = check_rows(
                entry, local, run.problem, run.ports, run.progress, is_erased=erased.test
            )
        except FileRejected as rejection:
            return run.move(entry, rejection.state, sha256=digest, reason=rejection.detail)
        if checked.rows:
            for kind in staging.KINDS:
                staging.keep(entry, kind, local.with_name(kind), run.ports)
            require_same(erased, run.problem, run.ports)
        accepted = local.with_name(staging.ACCEPTED)
        doubts = (
            reasons_to_hold(entry, accepted, run.problem, run.ports) if checked.accepted else []
        )
    return _after_check(run, entry, digest, checked, doubts)


def _after_check(
    run: _Run, entry: Entry, digest: str, checked: CheckedFile, doubts: list[str]
) -> Entry:
    unusual = compare(checked.statistics, recent_statistics(entry, run.ports), run.problem)
    outcome = outcome_of(entry.file, checked, doubts, unusual)
    found = {
        "sha256": digest,
        "accepted": checked.accepted,
        "rejected": checked.rejected,
        "labelled": checked.labelled,
        "reasons": checked.reasons,
        "statistics": checked.statistics,
        "warnings": outcome.warnings,
    }
    if outcome.state == "staged":
        return run.ledger.move(entry, "staged", **found)
    if outcome.fault:
        found["fault"] = outcome.fault
    return run.move(entry, outcome.state, **found, reason=outcome.reason)


def _load(run: _Run, entry: Entry) -> Entry:
    """Staged → loaded: the rows are in the tables; a repetition adds none."""
    if not entry.sequence:
        entry = run.ledger.move(entry, "staged", sequence=run.ledger.next_number())
    staging.append(entry, run.problem, run.ports)
    delete_erased_rows(entry, run.problem, run.ports)
    remember_statistics(entry, run.ports)
    return run.move(entry, "loaded")


def _announce(run: _Run, entry: Entry) -> Entry:
    """Loaded → announced: the staged rows are removed, and a training is asked for."""
    staging.clear(entry, run.ports)
    if not entry.accepted:
        return run.move(entry, "done")
    announce(entry, run.ports)
    return run.ledger.move(entry, "announced")


def _withdraw(run: _Run, entry: Entry) -> Entry:
    """Revoking → withdrawn: the file's rows no longer count, and a training is asked for."""
    store_revocation(entry, "revoked", run.ports)
    announce(entry, run.ports)
    return run.ledger.move(entry, "withdrawn")


def _restore(run: _Run, entry: Entry) -> Entry:
    """Restoring → announced: the file's rows count again, and a training is asked for."""
    store_revocation(entry, "restored", run.ports)
    announce(entry, run.ports)
    return run.ledger.move(entry, "announced")


TRANSITIONS: dict[str, Callable[[_Run, Entry], Entry]] = {
    "received": _check,
    "staged": _load,
    "loaded": _announce,
    "revoking": _withdraw,
    "restoring": _restore,
}
