"""The specification of a row: one record's bytes -> its values, or everything that is wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.header import Header
from titanic_mlops.ingestion.records import Record, records
from titanic_mlops.problems.base import Column, Problem, Scalar
from titanic_mlops.rules.values import MAX_DIGITS, read_text

NOT_UTF8 = Fault("", "encoding", "is not UTF-8", "text must be UTF-8")
NUL = Fault("", "characters", "holds a NUL", "text must not hold one")
LONG_FIELD = Fault("", "length", "has a field that is too long", "must be at most 128 KiB")

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """One valid row: its values by column."""

    row_number: int
    values: dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One rejected row: its unchanged text and every fault."""

    row_number: int
    raw: str
    faults: tuple[Fault, ...]

    def describe(self, file: str) -> str:
        """Return the sentence for the sender of the file; it may show personal values."""
        faults = "; ".join(str(fault).strip() for fault in self.faults)
        return f"{file} row {self.row_number}: {faults}"


Row = AcceptedRow | RejectedRow


class RowCheck:
    """Check single records of a file whose header is known."""

    def __init__(self, problem: Problem, header: Header) -> None:
        places = header.positions
        self._width = header.width
        self._unknown: dict[str, Scalar] = {c.name: None for c in problem.columns}
        self._columns: list[tuple[Column, int, dict[str, Scalar | Fault]]]
        self._columns = [(c, places[c.name], {}) for c in problem.columns if c.name in places]

    def __call__(self, row_number: int, record: Record) -> Row:
        """Return the row with its values, or with every fault it has."""
        if record.fault:
            return reject(row_number, record, record.fault)
        try:
            text = record.data.decode()
            fields = next(csv.reader((text,), strict=True))
        except UnicodeDecodeError:
            return reject(row_number, record, NOT_UTF8)
        except csv.Error:  # the only limit of the csv module that `records` does not enforce
            return reject(row_number, record, LONG_FIELD)
        if len(fields) != self._width:
            found, right = f"has {len(fields)} fields", f"must have {self._width}, as the header"
            return reject(row_number, record, Fault("", "fields", found, right), *_nul(record))
        return self._read(row_number, record, fields)

    def _read(self, row_number: int, record: Record, fields: list[str]) -> Row:
        values = self._unknown.copy()
        faults: list[Fault] = []
        for column, place, known in self._columns:
            text = fields[place]
            value = known[text] if text in known else _read_field(column, text, known)
            if isinstance(value, Fault):
                faults.append(value)
            else:
                values[column.name] = value
        if all(fault.rule != NUL.rule for fault in faults):
            faults.extend(_nul(record))
        return reject(row_number, record, *faults) if faults else AcceptedRow(row_number, values)


def read_rows(stream: BinaryIO, check: RowCheck) -> Iterator[Row]:
    """Yield every row of `stream`, which is positioned after the header; the first row is 1."""
    for row_number, record in enumerate(records(stream), start=1):
        yield check(row_number, record)


def reject(row_number: int, record: Record, *faults: Fault) -> RejectedRow:
    """Return the rejected row with the record's text without its line end."""
    raw = record.data.decode(errors="backslashreplace")
    return RejectedRow(row_number, raw.removesuffix("\n").removesuffix("\r"), faults)


def _read_field(column: Column, text: str, known: dict[str, Scalar | Fault]) -> Scalar | Fault:
    value = read_text(column, text, may_be_absent=column.nullable)
    # most columns repeat few short texts: cache those, at most about 1 MB of them
    if len(text) <= MAX_DIGITS and len(known) < _REMEMBERED:
        known[text] = value
    return value


def _nul(record: Record) -> tuple[Fault, ...]:
    return (NUL,) if b"\0" in record.data else ()
