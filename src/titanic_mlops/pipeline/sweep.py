"""Unfinished files get their message again: a crash may have come before it was published."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from titanic_mlops.claims import outdated_duplicates
from titanic_mlops.errors import Conflict
from titanic_mlops.events import LANDING, ObjectFinalized
from titanic_mlops.ledger import UNFINISHED, UNTRAINED, Entry, Ledger
from titanic_mlops.pipeline.announcement import announce
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem


def sweep(problem: Problem, ports: Ports, *, left_out: Collection[str] = ()) -> list[Entry]:
    """Publish the message that each unfinished file needs next, and return these files.

    A superfluous message changes nothing. A duplicate is checked again where files of one name
    were read in another order than they landed. Files whose id is in `left_out` are not announced:
    a person decides about their dead letter.
    """
    ledger = Ledger(ports.storage, problem.name)
    entries = list(ledger.entries())
    for entry in outdated_duplicates(entries):
        with suppress(Conflict):  # another sweep has found it too
            entries.append(ledger.move(entry, "received", reason="", duplicate_of=""))
    unfinished = [
        entry
        for entry in entries
        if entry.state in (*UNFINISHED, *UNTRAINED) and entry.file_id not in left_out
    ]
    for entry in unfinished:
        if entry.state in UNTRAINED:
            announce(entry, ports)
        else:
            event = ObjectFinalized(entry.bucket, entry.file, entry.generation)
            ports.bus.publish(LANDING, b"{}", event.to_attributes())
    return unfinished
