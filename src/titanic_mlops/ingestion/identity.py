"""Whose row a record is, read as far as it can be, also where the row is rejected."""

from __future__ import annotations

import csv

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.header import Header
from titanic_mlops.problems.base import Column, Problem, Scalar
from titanic_mlops.rules.values import read_cell


class Identity:
    """Read the key and the personal values of records, whatever else is wrong with them."""

    def __init__(self, problem: Problem, header: Header) -> None:
        self._key = problem.by_name[problem.key]
        self._personal = [problem.by_name[name] for name in problem.personal_columns]
        self._positions = header.positions

    def record_id(self, data: bytes) -> str | None:
        """Return the record's key as text, or None if its cell cannot be read."""
        return record_id_of(self._key, self._cell(self._key, _fields(data)))

    def personal_values(self, data: bytes) -> dict[str, Scalar]:
        """Return the record's valid personal values; None for each other one."""
        fields = _fields(data)
        return {one.name: _value(one, self._cell(one, fields)) for one in self._personal}

    def _cell(self, column: Column, fields: list[str]) -> str:
        place = self._positions.get(column.name, len(fields))
        return fields[place] if place < len(fields) else ""


def record_id_of(key: Column, text: str) -> str | None:
    """Return the id of the record that a cell of the key column names, None if it is not valid."""
    value = _value(key, text)
    return None if value is None else str(value)


def _value(column: Column, text: str) -> Scalar:
    for cell in (text, text.strip()):
        value = read_cell(column, cell)
        if not isinstance(value, Fault):
            return value
    return None


def _fields(data: bytes) -> list[str]:
    """Return the fields of a record; faulty quotes and bytes are read as well as they can be."""
    text = data.decode(errors="replace").rstrip("\r\n")
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return text.split(",")
