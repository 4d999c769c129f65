"""The ledger's history as rows of `ingestions`, one for each state worth a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import INGESTIONS

_INSERT = sql.insert_once(INGESTIONS, unless_equal=("file_id", "state"))


def record(
    ports: Ports,
    ledger: Ledger,
    entry: Entry,
    state: str,
    **changes: Any,  # noqa: ANN401 the fields of Entry
) -> Entry:
    """Write that a file enters `state`, once, and move it there.

    The row comes first: a crash in between leaves a state that redelivery reaches.

    Raises:
        Conflict: somebody else moved the entry.
    """
    entering = replace(entry, state=state, **changes)
    ports.warehouse.execute(
        _INSERT,
        {
            "file_id": entering.file_id,
            "file": entering.file,
            "generation": entering.generation,
            "sha256": entering.sha256 or None,
            "state": state,
            "reason": entering.reason or None,
            "accepted": entering.accepted,
            "rejected": entering.rejected,
            "entered_at": ports.clock.now(),
        },
    )
    return ledger.move(entry, state, **changes)
