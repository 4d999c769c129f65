"""The person behind a record: recognized by the key or by personal values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from titanic_mlops.problems.base import Problem, Record


@dataclass(frozen=True, slots=True)
class Person:
    """A record's id, and the different personal values that its rows have."""

    problem: Problem
    record_id: str
    values: tuple[Record, ...]

    def asked_for(self, data: bytes) -> bool:
        """Return whether the record of a prediction, as JSON, is the person's.

        Without a key it is if it has a personal value and each of them equals the person's.
        """
        try:
            record = json.loads(data)
        except ValueError:
            return self.is_in(data.decode(errors="replace"))
        if not isinstance(record, dict):
            return False
        if (key := record.get(self.problem.key)) is not None:
            return str(key) == self.record_id
        told = {
            name: record[name]
            for name in self.problem.personal_columns
            if record.get(name) is not None
        }
        return bool(told) and any(
            all(known.get(name) == value for name, value in told.items()) for known in self.values
        )

    def is_in(self, text: str) -> bool:
        """Return whether a text that is no record holds all known personal values of a row."""
        text = text.replace('""', '"')
        return any(
            all(str(value) in text for value in known)
            for known in ([v for v in row.values() if v is not None] for row in self.values)
            if known
        )


def person_of(problem: Problem, record_id: str, rows: Iterable[Record]) -> Person:
    """Return the person whose rows have these values, without repetitions."""
    names = problem.personal_columns
    different = {tuple(row.get(name) for name in names): None for row in rows}
    values = tuple(dict(zip(names, known, strict=True)) for known in different if any(known))
    return Person(problem, record_id, values)
