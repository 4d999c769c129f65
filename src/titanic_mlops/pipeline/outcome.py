"""What comes of a checked file: its rows are loaded, held with the reason, or there are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from titanic_mlops.ingestion import CheckedFile

HELD_PERCENT, HELD_ROWS = 20, 20
"""A file of at least so many rows is held when more than these percent of them are rejected."""
WARNED_PERCENT = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """The next state of a file; `fault` is a sentence on the fault that holds it."""

    state: Literal["staged", "held", "done"]
    warnings: tuple[str, ...] = ()
    reason: str = ""
    fault: str = ""


def outcome_of(
    file: str, checked: CheckedFile, doubts: Sequence[str], unusual: Iterable[str]
) -> Outcome:
    """Return what comes of a file; `doubts` are reasons to hold it, `unusual` is only said."""
    warnings = (*checked.warnings, *unusual)
    if not checked.rows:
        return Outcome("done", warnings, reason=f"{file} has a header and no rows.")
    words = f"{checked.rejected:,} of {checked.rows:,} rows are rejected"
    limit = checked.rows * HELD_PERCENT // 100
    if checked.rows >= HELD_ROWS and checked.rejected > limit:
        reason = f"{words}, at most {limit:,} may be; nothing is loaded."
        return Outcome("held", warnings, reason, fault=checked.worst)
    if doubts:
        return Outcome("held", warnings, reason=" ".join([*doubts, "Nothing is loaded."]))
    if checked.rejected > checked.rows * WARNED_PERCENT // 100:
        warnings = (*warnings, words)
    return Outcome("staged", warnings)
