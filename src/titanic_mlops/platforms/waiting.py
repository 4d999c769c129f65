"""Wait until a landed file is final; the sentences for files that cannot get there."""

from __future__ import annotations

from collections.abc import Callable

from titanic_mlops.errors import Unavailable
from titanic_mlops.ledger import FINAL, Entry, Ledger


def wait_until_final(ledger: Ledger, file_id: str, advance: Callable[[Entry], None]) -> Entry:
    """Call `advance` until a file is final; of a duplicate, until its original is final too.

    `advance` does a part of the work, or waits a moment, or raises.
    """
    while (entry := ledger.get(file_id)).state not in FINAL:
        advance(entry)
    if entry.state == "duplicate":
        wait_until_final(ledger, entry.duplicate_of, advance)
    return entry


def dead_letter_error(entry: Entry, reason: str) -> Unavailable:
    """Return the error of a file whose message is a dead letter."""
    return Unavailable(
        f"{entry.file} is {entry.state} and its message is a dead letter: {reason.rstrip('.')}. "
        "Remove the cause, then replay it; `titanic-mlops dead list` shows its id."
    )
