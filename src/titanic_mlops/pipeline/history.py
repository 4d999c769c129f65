"""The ledger's history as rows of `ingestions`: loaded, and every final state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import INGESTIONS

_INSERT = sql.insert(INGESTIONS)


def record(
    ports: Ports,
    ledger: Ledger,
    entry: Entry,
    state: str,
    **changes: Any,  # noqa: ANN401 the fields of Entry
) -> Entry:
    """Append a row for the `state` that a file enters, once, and move its entry there.

    The row comes first: after a crash in between, the redelivered message moves the entry.
    The version of the entry that moves names the row's job, so that it is inserted once.

    Raises:
        Conflict: another process moved the entry.
    """
    entering = replace(entry, state=state, **changes)
    source = entering.extraction
    ports.warehouse.execute(
        _INSERT,
        {
            "file_id": entering.file_id,
            "file": entering.file,
            "generation": entering.generation,
            "sha256": entering.sha256 or None,
            "state": state,
            "reason": entering.explanation or None,
            "accepted": entering.accepted,
            "rejected": entering.rejected,
            "entered_at": ports.clock.now(),
            "sequence": entering.sequence or None,
            "source_dataset": source.get("dataset"),
            "source_table": source.get("table"),
            "query": source.get("query"),
            "query_rows": source.get("rows"),
            "query_columns": source.get("columns"),
        },
        job_id=f"{entry.file_id}-{state}-{entry.stored}",
    )
    return ledger.move(entry, state, **changes)
