"""What a person asks about files, verdicts and predictions: reads that change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any

from titanic_mlops.learning.verdict import naming_version
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql


def held_files(problem: Problem, ports: Ports) -> list[Entry]:
    """Return the files that are held, sorted by generation."""
    entries = Ledger(ports.storage, problem.name).entries()
    return [entry for entry in entries if entry.state == "held"]


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file's entry, and when it entered its newest recorded state, if it has one."""

    entry: Entry
    entered_at: datetime | None


def files(
    problem: Problem, ports: Ports, *, state: str = "", since: date | None = None, like: str = ""
) -> list[FileRead]:
    """Return the files of the ledger, sorted by generation.

    `since` leaves out files without a recorded state since that day (UTC); `like` is a part of
    the name, or a pattern with * and ?.
    """
    entered = {row["file_id"]: row["entered_at"] for row in _rows(ports, sql.NEWEST_STATES)}
    found = [
        FileRead(entry, entered.get(entry.file_id))
        for entry in Ledger(ports.storage, problem.name).entries()
        if (not state or entry.state == state) and _is_like(entry.file, like)
    ]
    return [one for one in found if since is None or _is_since(one, since)]


def history_of(file_id: str, ports: Ports) -> list[dict[str, Any]]:
    """Return a file's recorded states: `state`, `reason`, `entered_at`, oldest first."""
    return _rows(ports, sql.STATES_OF_FILE, file_id=file_id)


def first_row_of_each_reason(file_id: str, ports: Ports) -> dict[str, int]:
    """Return the first row of each reason of a file's rejected rows, by `field:rule`."""
    rows = _rows(ports, sql.FIRST_ROW_OF_EACH_REASON, file_id=file_id)
    return {f"{row['field'] or ''}:{row['rule']}": row["row_number"] for row in rows}


def first_rejected_rows(file_id: str, ports: Ports, *, most: int) -> list[dict[str, Any]]:
    """Return a file's first rejected rows: `row_number`, `raw`, `reasons` (`field`, `rule`)."""
    return _rows(ports, sql.REJECTED_ROWS_OF_FILE, file_id=file_id, most=most)


def latest_verdict(ports: Ports) -> str:
    """Return the newest verdict of the gate as one sentence that names the challenger's version."""
    (row,) = _rows(ports, sql.LATEST_EVALUATION)
    return naming_version(row["sentence"], row["challenger"])


def rows_by_split(ports: Ports) -> dict[str, int]:
    """Return the number of loaded rows of each split, the largest first."""
    return {row["split"]: row["n"] for row in _rows(ports, sql.ROWS_BY_SPLIT)}


def stored_prediction(uuid: str, ports: Ports) -> dict[str, Any] | None:
    """Return the row of one prediction, or None while its record is not in the table."""
    return next(iter(_rows(ports, sql.PREDICTION, uuid=uuid)), None)


def _is_like(name: str, like: str) -> bool:
    pattern = like if set(like) & set("*?") else f"*{like}*"
    return fnmatchcase(name.lower(), pattern.lower())


def _is_since(one: FileRead, since: date) -> bool:
    return one.entered_at is None or one.entered_at.date() >= since


def _rows(ports: Ports, statement: str, **params: str | int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ports.warehouse.query(statement, params).to_pylist()
    return rows
