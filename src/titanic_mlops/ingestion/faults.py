"""The faults of a file's rejected rows: counted, with the first rows, and the worst in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.parquet import RejectedFile
from titanic_mlops.ingestion.rows import RejectedRow
from titanic_mlops.problems.base import Problem

EXAMPLES = 5

_WITHOUT_VALUE = ("missing", "length", "duplicate_key", "erased")
"""Rules whose fault does not show the value found, so that a personal column may tell it."""
_SHOWN_VALUES = 2


@dataclass(slots=True)
class _Kind:
    """Rows with the same fault: how many, the first, and what was found in the first of them."""

    fault: Fault
    first_row: int
    rows: int = 0
    found: list[str] = field(default_factory=list)

    def add(self, fault: Fault, row_number: int) -> None:
        self.rows += 1
        if row_number < self.first_row:
            self.fault, self.first_row = fault, row_number
        if fault.found not in self.found and len(self.found) <= _SHOWN_VALUES:
            self.found.append(fault.found)


class Tally:
    """Count rejected rows and their faults, and keep the first few rows."""

    def __init__(self, problem: Problem) -> None:
        self._personal = {column.name for column in problem.columns if column.personal}
        self._kinds: dict[str, _Kind] = {}
        self.rejected = 0
        self.first: list[RejectedRow] = []

    def add(self, rows: Iterable[RejectedRow], file: RejectedFile) -> None:
        """Count rows in their order, and write them to `file`."""
        for place, row in enumerate(rows):
            file.write(row)
            self.rejected += 1
            for fault in row.faults:
                key = f"{fault.field}:{fault.rule}"
                kind = self._kinds.setdefault(key, _Kind(fault, row.row_number))
                kind.add(fault, row.row_number)
            if place < EXAMPLES:
                self.first.append(row)
        # rows with a duplicate key are added last, but may stand anywhere in the file
        self.first = sorted(self.first, key=lambda row: row.row_number)[:EXAMPLES]

    def reasons(self) -> dict[str, int]:
        """Return how many rows have each fault by "field:rule", the most frequent first."""
        by_count = sorted(self._kinds.items(), key=lambda kind: (-kind[1].rows, kind[0]))
        return {key: kind.rows for key, kind in by_count}

    def worst(self, rows: int) -> str:
        """Return a sentence on the most frequent fault among `rows` rows; empty without one.

        It shows values of a column that is not personal.
        """
        if not self._kinds:
            return ""
        kind = self._kinds[next(iter(self.reasons()))]
        subject = kind.fault.field or "The line"
        return (
            f"{subject} {self._found(kind)} in {kind.rows:,} of {rows:,} rows "
            f"(first: row {kind.first_row:,}); {kind.fault.expected}"
        )

    def _found(self, kind: _Kind) -> str:
        fault = kind.fault
        if fault.field in self._personal and fault.rule not in _WITHOUT_VALUE:
            return "is not valid"
        others = [found for found in kind.found if found != fault.found]
        if not others or not all(found.startswith("is ") for found in (fault.found, *others)):
            return fault.found
        if len(others) < _SHOWN_VALUES:
            return f"{fault.found} or {others[0].removeprefix('is ')}"
        return f"{fault.found}, {others[0].removeprefix('is ')} or another wrong value"
