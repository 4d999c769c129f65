"""A landed file becomes checked rows, exactly once.

Each state of the ledger has one step that leads out of it. A step first does what can be
done twice, then moves the entry by compare-and-set; whoever loses that race reads where
the entry is by now and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from titanic_mlops.errors import Conflict, FileRejected, NotFound
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ingestion import CheckedFile, Source, check_file
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.history import record
from titanic_mlops.pipeline.sweep import announce
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

HELD_SHARE, HELD_ROWS = 0.20, 20
WARNED_SHARE = 0.05
_CHUNK = 1 << 20

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
    """Take one landed file as far as it goes, and return where it then stands.

    `forced` loads a file although the same bytes were loaded before; `progress` hears
    how many bytes are read.
    """
    run = _Run(problem, ports, Ledger(ports.storage, problem.name), progress)
    entry = run.ledger.begin(event, forced=forced)
    while entry.state in OUT_OF:
        try:
            entry = OUT_OF[entry.state](run, entry)
        except (Conflict, NotFound):  # another delivery is ahead, and has cleared up behind it
            ahead = run.ledger.get(entry.file_id)
            if ahead == entry:
                raise
            if ahead.state not in {"received", "staged", "held"}:
                staging.clear(entry, ports)  # the winner has, and we may have made it again
            entry = ahead
    return entry


def _check(run: _Run, entry: Entry) -> Entry:
    """Received → staged: the file's rows, checked and apart, lie ready as Parquet."""
    if refusal := _not_ours(entry):
        return run.move(entry, "ignored", reason=refusal)
    with TemporaryDirectory() as folder:
        local = Path(folder)
        try:
            digest = _download(run, entry, local / "landed")
        except NotFound:
            return run.move(entry, "gone", reason=f"{entry.file} was gone before it was read.")
        except FileRejected as refused:
            return run.move(entry, refused.state, reason=refused.detail)
        owner = run.ledger.claim_content(entry, digest)
        if owner != entry.file_id and not entry.forced:
            reason = f"The same bytes landed before, as {run.ledger.get(owner).file}."
            return run.move(entry, "duplicate", sha256=digest, reason=reason, duplicate_of=owner)
        try:
            checked = _check_rows(run, entry, local)
        except FileRejected as refused:
            return run.move(entry, refused.state, sha256=digest, reason=refused.detail)
        if checked.accepted + checked.rejected:
            for kind in staging.KINDS:
                staging.keep(entry, kind, local / kind, run.ports)
    return _after_check(run, entry, digest, checked)


def _load(run: _Run, entry: Entry) -> Entry:
    """Staged → loaded: the rows are in the tables, however often this is done."""
    staging.merge(entry, run.problem, run.ports)
    return run.move(entry, "loaded")


def _announce(run: _Run, entry: Entry) -> Entry:
    """Loaded → announced: nothing is left behind, and training has been told."""
    staging.clear(entry, run.ports)
    if not entry.accepted:
        return run.move(entry, "done")
    announce(entry, run.ports)
    return run.ledger.move(entry, "announced")


OUT_OF: dict[str, Callable[[_Run, Entry], Entry]] = {
    "received": _check,
    "staged": _load,
    "loaded": _announce,
}


def _not_ours(entry: Entry) -> str:
    if entry.file.endswith("/"):
        return f"{entry.file} is a folder marker, not a file."
    if not entry.file.lower().endswith(".csv"):
        return f"{entry.file} does not end in .csv; only such files are tables."
    return ""


def _download(run: _Run, entry: Entry, path: Path) -> str:
    """Copy the very generation that landed; return the sha256 of its bytes."""
    digest, size = sha256(), 0
    with (
        run.ports.landing.open(entry.file, version=entry.generation) as landed,
        path.open("wb") as copy,
    ):
        while chunk := landed.read(_CHUNK):
            size += len(chunk)
            _refuse_too_large(run, entry, size)
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _refuse_too_large(run: _Run, entry: Entry, size: int) -> None:
    largest = run.ports.largest_file
    if largest is not None and size > largest:
        detail = (
            f"{entry.file} has more than the {largest:,} bytes that fit here. Send it in parts, "
            "each with the header."
        )
        raise FileRejected(detail, state="held", rule="too_large")


def _check_rows(run: _Run, entry: Entry, local: Path) -> CheckedFile:
    return check_file(
        local / "landed",
        run.problem,
        Source(entry.file, entry.file_id, entry.generation, run.ports.clock.now()),
        accepted=local / "accepted",
        rejected=local / "rejected",
        progress=run.progress,
    )


def _after_check(run: _Run, entry: Entry, digest: str, checked: CheckedFile) -> Entry:
    found = {
        "sha256": digest,
        "accepted": checked.accepted,
        "rejected": checked.rejected,
        "reasons": checked.reasons,
        "warnings": checked.warnings,
    }
    rows = checked.accepted + checked.rejected
    if not rows:
        return run.move(entry, "done", **found, reason=f"{entry.file} has a header and no rows.")
    share = checked.rejected / rows
    words = f"{checked.rejected} of {rows} rows ({share:.0%}) are refused"
    if share > HELD_SHARE and rows >= HELD_ROWS:
        return run.move(
            entry,
            "held",
            **found,
            reason=f"{words}, more than {HELD_SHARE:.0%}; nothing is loaded.",
        )
    if share > WARNED_SHARE:
        found["warnings"] = (*checked.warnings, f"{words}, more than {WARNED_SHARE:.0%}.")
    return run.ledger.move(entry, "staged", **found)
