"""What both readers yield: accepted rows as columns, rejected rows one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from titanic_mlops.ingestion.header import Header
from titanic_mlops.ingestion.notes import Notes
from titanic_mlops.ingestion.rows import AcceptedRow, RejectedRow, Row, RowCheck, read_rows
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.arrow import arrow_schema, to_array
from titanic_mlops.tables.problem import training_data

ROW_NUMBER = "row_number"

_ROWS = 20_000
_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Batch:
    """Some thousand rows in the order of the file; `end` is the byte up to which it was read."""

    accepted: pa.Table
    rejected: list[RejectedRow]
    end: int


def record_schema(problem: Problem) -> pa.Schema:
    """Return the Arrow schema of the record's columns and the row number, as stored."""
    stored = arrow_schema(training_data(problem))
    return pa.schema([stored.field(name) for name in (*problem.by_name, ROW_NUMBER)])


def read_one_by_one(path: Path, problem: Problem, header: Header, notes: Notes) -> Iterator[Batch]:
    """Read any file with the row reader; one batch is in memory at a time."""
    check = RowCheck(problem, header, notes)
    schema = record_schema(problem)
    rows: list[Row] = []
    start = header.end
    with path.open("rb") as stream:
        stream.seek(start)
        for row in read_rows(stream, header, check, notes):
            rows.append(row)
            # a row may be 1 MiB long: limit the bytes as well
            if len(rows) == _ROWS or stream.tell() - start > _BYTES:
                start = stream.tell()
                yield to_batch(rows, schema, end=start)
                rows = []
        yield to_batch(rows, schema, end=stream.tell())


def to_batch(rows: Iterable[Row], schema: pa.Schema, *, end: int) -> Batch:
    """Sort rows into accepted and rejected ones."""
    accepted: list[AcceptedRow] = []
    rejected: list[RejectedRow] = []
    for row in rows:
        if isinstance(row, AcceptedRow):
            accepted.append(row)
        else:
            rejected.append(row)
    return Batch(_to_table(accepted, schema), rejected, end)


def _to_table(rows: list[AcceptedRow], schema: pa.Schema) -> pa.Table:
    numbers = pa.array([row.row_number for row in rows], pa.int64())
    columns = [
        to_array([row.values[field.name] for row in rows], field.type)
        for field in schema
        if field.name != ROW_NUMBER
    ]
    return pa.Table.from_arrays([*columns, numbers], schema=schema)
