"""The ledger follows an erasure: a file's counts are those of the rows that stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress

from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.ledger import Ledger
from titanic_mlops.ports import Ports, Value
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import erasures as sql

Counts = Mapping[str, int]
Place = tuple[str, int]
"""File id and row number."""


def count_accepted_that_stay(asked: Mapping[str, Value], problem: Problem, ports: Ports) -> None:
    """Store the counts of accepted rows as they will be without the record's.

    It comes before the rows go, so that a repetition after a crash finds the same counts.
    """
    for row in ports.warehouse.query(sql.accepted_that_stay(problem), asked).to_pylist():
        store_counts(row.pop("file_id"), row, problem, ports)


def count_rejected_that_stay(gone: Iterable[Place], problem: Problem, ports: Ports) -> None:
    """Store the counts of rejected rows as they will be without those at these places."""
    by_file = Counter(file_id for file_id, _ in set(gone))
    if not by_file:
        return
    asked: dict[str, Value] = {"ids": tuple(by_file)}
    for row in ports.warehouse.query(sql.REJECTED_BY_FILE, asked).to_pylist():
        file_id = row["file_id"]
        store_counts(file_id, {"rejected": row["n"] - by_file[file_id]}, problem, ports)


def store_counts(file_id: str, stay: Counts, problem: Problem, ports: Ports) -> None:
    """Store a file's lower counts, and how many accepted or rejected rows they are lower by.

    A file that is not in the ledger, or whose entry is damaged, has no counts to follow.
    """
    ledger = Ledger(ports.storage, problem.name)
    with suppress(NotFound, Rejected):
        while True:
            entry = ledger.get(file_id)
            lower = {name: n for name, n in stay.items() if n < getattr(entry, name)}
            if not lower:
                return
            gone = sum(getattr(entry, name) - n for name, n in lower.items() if name != "labelled")
            with suppress(Conflict):  # another process moved the entry: read it again
                ledger.move(entry, entry.state, **lower, erased=entry.erased + gone)
                return
