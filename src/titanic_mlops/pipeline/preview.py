"""What would come of a file if it landed now: the same checks, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from titanic_mlops.claims import Claims
from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion import CheckedFile, compare
from titanic_mlops.ledger import Entry
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.admission import reasons_to_hold
from titanic_mlops.pipeline.erasures import erased_records
from titanic_mlops.pipeline.landed_file import check_rows, reason_to_ignore
from titanic_mlops.pipeline.outcome import outcome_of
from titanic_mlops.pipeline.recent_files import recent_statistics
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

NEWEST = (1 << 63) - 1
"""A generation later than any other: the file is compared as if it landed now."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The state that a file would end in, why, and what was found in it, if it could be read."""

    state: str
    reason: str = ""
    warnings: tuple[str, ...] = ()
    checked: CheckedFile | None = None


def preview(
    path: Path,
    problem: Problem,
    ports: Ports,
    progress: Callable[[int], None] | None = None,
) -> Preview:
    """Return what would come of the file at `path`; `progress` gets the bytes read so far."""
    entry = Entry("", problem.name, ports.landing_bucket, path.name, NEWEST)
    if reason := reason_to_ignore(replace(entry, file=f"{problem.name}/{path.name}")):
        return Preview("ignored", reason)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    with TemporaryDirectory() as folder:
        # check_rows writes the rows beside the file that it reads
        (copy := Path(folder) / "landed").symlink_to(path.resolve())
        try:
            checked = check_rows(
                entry,
                copy,
                problem,
                ports,
                progress,
                is_erased=erased_records(problem, ports).test,
            )
        except FileRejected as rejection:
            return Preview(rejection.state, rejection.detail)
        accepted = copy.with_name(staging.ACCEPTED)
        doubts = reasons_to_hold(entry, accepted, problem, ports) if checked.accepted else []
    if owner := Claims(ports.storage, problem.name).owner_of(digest, entry):
        return Preview("duplicate", f"The same bytes landed before, as {owner.file}.", (), checked)
    unusual = compare(checked.statistics, recent_statistics(entry, ports), problem)
    outcome = outcome_of(entry.file, checked, doubts, unusual)
    state = "done" if outcome.state == "staged" else outcome.state
    reason = " ".join(filter(None, (outcome.reason, f"{outcome.fault}." if outcome.fault else "")))
    return Preview(state, reason, outcome.warnings, checked)
