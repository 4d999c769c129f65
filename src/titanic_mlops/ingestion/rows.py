"""The specification of a row: one record's bytes -> its values, or everything that is wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.header import Header
from titanic_mlops.ingestion.identity import Identity
from titanic_mlops.ingestion.notes import SHORT, Notes
from titanic_mlops.ingestion.records import OVERLONG, Record
from titanic_mlops.ingestion.skipped import row_records
from titanic_mlops.problems.base import Column, Problem, Scalar
from titanic_mlops.rules.across import broken_rules
from titanic_mlops.rules.cells import read_cell
from titanic_mlops.rules.faults import MAX_DIGITS

NOT_UTF8 = Fault("", "encoding", "is not UTF-8", "text must be UTF-8")
NUL = Fault("", "characters", "holds a NUL", "text must not hold one")
LONG_FIELD = Fault("", "length", "has a field that is too long", "must be at most 128 KiB")
SPACE_BEFORE_QUOTE = Fault(
    "",
    "space_before_quote",
    "has a space before a quote",
    "a quoted field must start right after its delimiter",
)
BACKSLASH_QUOTE = Fault(
    "",
    "backslash_quote",
    "has a quote escaped by a backslash",
    'a quote within a quoted field must be doubled: ""',
)

_REMEMBERED = 4096
_BACKSLASHED = b'\\"'


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """One valid row: its values by column."""

    row_number: int
    values: dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One rejected row: its unchanged text, every fault, and its key if that is readable."""

    row_number: int
    raw: str
    faults: tuple[Fault, ...]
    record_id: str | None = None

    def describe(self, file: str) -> str:
        """Return the sentence for the sender of the file; it may show personal values."""
        faults = "; ".join(str(fault).strip() for fault in self.faults)
        return f"{file} row {self.row_number}: {faults}"


Row = AcceptedRow | RejectedRow


class RowCheck:
    """Check single records of a file whose header is known; count in `notes` what it reads past."""

    def __init__(self, problem: Problem, header: Header, notes: Notes) -> None:
        places = header.positions
        self._width = header.width
        self._notes = notes
        self._problem, self._dialect = problem, problem.dialect
        self._delimiter = header.delimiter
        self._padded = re.compile(rb"(?:^|%b)[ \t]+\Z" % re.escape(header.delimiter.encode()))
        self._identity = Identity(problem, header)
        self._unknown: dict[str, Scalar] = {c.name: None for c in problem.columns}
        self._columns: list[tuple[Column, int, dict[str, Scalar | Fault]]]
        self._columns = [(c, places[c.name], {}) for c in problem.columns if c.name in places]
        needed = (place for column, place, _ in self._columns if not column.nullable)
        self._shortest = 1 + max(needed, default=0)
        self._shortest_full = 1 + max(places.values())

    def __call__(self, row_number: int, record: Record) -> Row:
        """Return the row with its values, or with every fault it has."""
        row = self._judge(row_number, record)
        if isinstance(row, RejectedRow):
            return replace(row, record_id=self._identity.record_id(record.data))
        return row

    def _judge(self, row_number: int, record: Record) -> Row:
        if record.fault:
            return reject(row_number, record, self._explain_quotes(record, record.fault))
        try:
            text = record.data.decode()
            fields = next(csv.reader((text,), delimiter=self._delimiter, strict=True))
        except UnicodeDecodeError:
            return reject(row_number, record, NOT_UTF8)
        except csv.Error:  # the only limit of the csv module that `records` does not enforce
            return reject(row_number, record, LONG_FIELD)
        if fault := self._width_fault(fields):
            return reject(row_number, record, self._explain_quotes(record, fault), *_nul(record))
        if self._is_quote_padded(record.data):
            return reject(row_number, record, SPACE_BEFORE_QUOTE, *_nul(record))
        return self._read(row_number, record, fields)

    def _width_fault(self, fields: list[str]) -> Fault | None:
        """Return the fault of a wrong number of fields.

        Empty cells beyond the header are no fields, and last cells that may be missing may be
        left out.
        """
        surplus = any(field.strip() for field in fields[self._width :])
        if not surplus and len(fields) >= self._shortest:
            return None
        found = f"has {len(fields)} field{'s' if len(fields) > 1 else ''}"
        return Fault("", "fields", found, f"the header has {self._width}")

    def _read(self, row_number: int, record: Record, fields: list[str]) -> Row:
        values = self._unknown.copy()
        faults: list[Fault] = []
        words: list[tuple[str, str]] = []
        short = len(fields) < self._shortest_full
        if len(fields) < self._width:
            fields = fields + [""] * (self._width - len(fields))
        for column, place, known in self._columns:
            text = fields[place]
            value = known[text] if text in known else self._read_field(column, text, known)
            if isinstance(value, Fault):
                faults.append(value)
            else:
                values[column.name] = value
                if value is None and text:
                    words.append((column.name, text))
        if all(fault.rule != NUL.rule for fault in faults):
            faults.extend(_nul(record))
        faults.extend(broken_rules(self._problem, values))
        if faults:
            return reject(row_number, record, *faults)
        self._notes.update(words)
        if short:
            self._notes[SHORT] += 1
        return AcceptedRow(row_number, values)

    def _read_field(
        self, column: Column, text: str, known: dict[str, Scalar | Fault]
    ) -> Scalar | Fault:
        value = read_cell(column, text, self._dialect)
        # most columns repeat few short texts: cache those, at most about 1 MB of them
        if len(text) <= MAX_DIGITS and len(known) < _REMEMBERED:
            known[text] = value
        return value

    def _explain_quotes(self, record: Record, fault: Fault) -> Fault:
        """Return the kind of quotes that caused a fault of the whole record, or the fault."""
        if fault.rule == OVERLONG.rule:
            return fault
        if _BACKSLASHED in record.data:
            return BACKSLASH_QUOTE
        return SPACE_BEFORE_QUOTE if self._is_quote_padded(record.data) else fault

    def _is_quote_padded(self, data: bytes) -> bool:
        """Return whether a space stands between a delimiter, or the start, and an opening quote.

        This is never so in a line that the bulk reader accepts: its quotes open after a delimiter.
        """
        if b' "' not in data and b'\t"' not in data:
            return False
        outside_quotes = data.split(b'"')[:-1:2]
        return any(self._padded.search(part) for part in outside_quotes)


def read_rows(stream: BinaryIO, header: Header, check: RowCheck, notes: Notes) -> Iterator[Row]:
    """Yield every row of `stream`, which is positioned after the header; the first row is 1."""
    for row_number, record in enumerate(row_records(stream, header, notes), start=1):
        yield check(row_number, record)


def reject(row_number: int, record: Record, *faults: Fault) -> RejectedRow:
    """Return the rejected row with the record's text without its line end."""
    raw = record.data.decode(errors="backslashreplace")
    return RejectedRow(row_number, raw.removesuffix("\n").removesuffix("\r"), faults)


def _nul(record: Record) -> tuple[Fault, ...]:
    return (NUL,) if b"\0" in record.data else ()
