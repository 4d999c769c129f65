"""Whose row a record is, read as far as it can be, also where the row is rejected."""

from __future__ import annotations

import csv

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.header import Header
from titanic_mlops.problems.base import Column, Dialect, Problem, Scalar
from titanic_mlops.rules.cells import PLAIN, read_cell


class Identity:
    """Read the key and the personal values of records, whatever else is wrong with them."""

    def __init__(self, problem: Problem, header: Header) -> None:
        self._key = problem.by_name.get(problem.key)
        self._dialect = problem.dialect
        self._personal = [problem.by_name[name] for name in problem.personal_columns]
        self._positions = header.positions

    def record_id(self, data: bytes) -> str | None:
        """Return the record's key as text; None if there is none, or its cell cannot be read."""
        if self._key is None:
            return None
        text = self._cell(self._key, self._fields(data))
        return record_id_of(self._key, text, self._dialect)

    def personal_values(self, data: bytes) -> dict[str, Scalar]:
        """Return the record's valid personal values; None for each other one."""
        fields = self._fields(data)
        return {
            one.name: _value(one, self._cell(one, fields), self._dialect) for one in self._personal
        }

    def _cell(self, column: Column, fields: list[str]) -> str:
        place = self._positions.get(column.name, len(fields))
        return fields[place] if place < len(fields) else ""

    def _fields(self, data: bytes) -> list[str]:
        """Return the fields of a record; faulty quotes and bytes are read as well as possible."""
        text = data.decode(errors="replace").rstrip("\r\n")
        delimiter = self._dialect.delimiter
        try:
            return next(csv.reader([text], delimiter=delimiter), [])
        except csv.Error:
            return text.split(delimiter)


def record_id_of(key: Column, text: str, dialect: Dialect = PLAIN) -> str | None:
    """Return the id of the record that a cell of the key column names, None if it is not valid."""
    value = _value(key, text, dialect)
    return None if value is None else str(value)


def _value(column: Column, text: str, dialect: Dialect) -> Scalar:
    for cell in (text, text.strip()):
        value = read_cell(column, cell, dialect)
        if not isinstance(value, Fault):
            return value
    return None
