"""What a person asks about files, verdicts and predictions: reads that change nothing."""

from __future__ import annotations

from typing import Any

from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql


def held_files(problem: Problem, ports: Ports) -> list[Entry]:
    """Return the files that are held, sorted by generation."""
    entries = Ledger(ports.storage, problem.name).entries()
    return [entry for entry in entries if entry.state == "held"]


def first_rejected_rows(file_id: str, ports: Ports, *, most: int) -> list[dict[str, Any]]:
    """Return a file's first rejected rows: `row_number`, `raw`, `reasons` (`field`, `rule`)."""
    return _rows(ports, sql.REJECTED_ROWS_OF_FILE, file_id=file_id, most=most)


def latest_verdict(ports: Ports) -> str:
    """Return the newest verdict of the gate as one sentence that names the challenger's version."""
    (row,) = _rows(ports, sql.LATEST_EVALUATION)
    if row["challenger"] is None:
        return str(row["sentence"])
    return str(row["sentence"]).replace("The challenger", f"Version {row['challenger']}", 1)


def rows_by_split(ports: Ports) -> dict[str, int]:
    """Return the number of loaded rows of each split, the largest first."""
    return {row["split"]: row["n"] for row in _rows(ports, sql.ROWS_BY_SPLIT)}


def stored_prediction(uuid: str, ports: Ports) -> dict[str, Any] | None:
    """Return the row of one prediction, or None while its record is not in the table."""
    return next(iter(_rows(ports, sql.PREDICTION, uuid=uuid)), None)


def _rows(ports: Ports, statement: str, **params: str | int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ports.warehouse.query(statement, params).to_pylist()
    return rows
