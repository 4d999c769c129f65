"""Decisions that a loaded file's rows do not count, kept as appended rows of a table."""

from __future__ import annotations

from titanic_mlops.ledger import Entry
from titanic_mlops.ports import Ports
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import REVOCATIONS
from titanic_mlops.tables.views import REVOKED_FILES

_INSERT = sql.insert(REVOCATIONS)


def store_revocation(entry: Entry, state: str, ports: Ports) -> None:
    """Append the decision that the file's entry names by its number, once."""
    ports.warehouse.execute(
        _INSERT,
        {
            "file_id": entry.file_id,
            "sequence": entry.sequence,
            "state": state,
            "why": entry.reason,
            "decided_by": entry.decided_by,
            "decided_at": ports.clock.now(),
        },
        job_id=f"{entry.file_id}-{state}-{entry.sequence}",
    )


def revoked_files(ports: Ports) -> frozenset[str]:
    """Return the ids of the files whose rows do not count."""
    rows = ports.warehouse.query(REVOKED_FILES).to_pylist()
    return frozenset(row["file_id"] for row in rows)
