"""The fast reader of regular files: rules on whole columns accept the plainly valid rows.

Every other row goes to the row reader, which decides. One condition keeps both readers equal:
the row reader accepts each row that is accepted here, with the same values.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from titanic_mlops.ingestion.batches import ROW_NUMBER, Batch, record_schema, to_batch
from titanic_mlops.ingestion.columns import floats_of, read_column, to_flags
from titanic_mlops.ingestion.header import Header
from titanic_mlops.ingestion.notes import Notes
from titanic_mlops.ingestion.records import Record
from titanic_mlops.ingestion.rows import RowCheck
from titanic_mlops.ingestion.skipped import Skip
from titanic_mlops.ingestion.structure import blocks
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.rules.across import rows_that_hold


def read_in_bulk(path: Path, problem: Problem, header: Header, notes: Notes) -> Iterator[Batch]:
    """Read a regular file one block of lines at a time."""
    reader = _BlockReader(problem, header, notes)
    with path.open("rb") as stream:
        stream.seek(header.end)
        end, rows = header.end, 0
        for block in blocks(stream):
            end += len(block)
            batch = reader.read(block, rows, end)
            rows += batch.accepted.num_rows + len(batch.rejected)
            yield batch


class _BlockReader:
    def __init__(self, problem: Problem, header: Header, notes: Notes) -> None:
        self._check = RowCheck(problem, header, notes)
        self._skip = Skip(header)
        self._notes = notes
        self._problem = problem
        self._delimiter = header.delimiter
        self._schema = record_schema(problem)
        self._names = [str(place) for place in range(header.width)]
        self._positions = header.positions

    def read(self, block: bytes, before: int, end: int) -> Batch:
        """Return the rows of `block`; `before` counts earlier rows, `end` the bytes read."""
        lines = [line for line in block.split(b"\n") if line not in (b"", b"\r")]
        if skipped := [kind for line in lines if (kind := self._skip(line))]:
            self._notes.update(skipped)
            lines = [line for line in lines if not self._skip(line)]
            block = b"\n".join(lines)
        parsed = self._parse(block)
        if parsed is None or parsed[0].num_rows + len(parsed[1]) != len(lines):
            everything = np.arange(len(lines))
            return self._read_singly(lines, everything, before, end)
        texts, wrong_width = parsed
        numbers = np.setdiff1d(np.arange(len(lines)), wrong_width, assume_unique=True)
        accepted, valid = self._apply_rules(texts, pa.array(numbers + before + 1))
        if valid.all() and not wrong_width:
            return Batch(accepted, [], end)
        marked = np.union1d(numbers[~valid], wrong_width).astype(np.int64)
        second = self._read_singly(lines, marked, before, end)
        accepted = accepted.filter(pa.array(valid))
        if second.accepted.num_rows:
            accepted = pa.concat_tables([accepted, second.accepted]).sort_by(ROW_NUMBER)
        return Batch(accepted, second.rejected, end)

    def _parse(self, block: bytes) -> tuple[pa.Table, list[int]] | None:
        """Return the fields as text and the indices of lines without the header's width."""
        wrong_width: list[int] = []

        def skip(row: csv.InvalidRow) -> str:
            wrong_width.append(row.number - 1)
            return "skip"

        try:
            # several threads report invalid rows without their number
            table = csv.read_csv(
                pa.BufferReader(block),
                csv.ReadOptions(use_threads=False, column_names=self._names),
                csv.ParseOptions(delimiter=self._delimiter, invalid_row_handler=skip),
                csv.ConvertOptions(
                    check_utf8=False,
                    include_columns=[str(place) for place in self._positions.values()],
                    column_types=dict.fromkeys(self._names, pa.string()),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        return table.rename_columns(list(self._positions)), wrong_width

    def _apply_rules(
        self, texts: pa.Table, numbers: pa.Array
    ) -> tuple[pa.Table, NDArray[np.bool_]]:
        """Return the rows' values and a mask of the rows that are certainly valid."""
        valid = np.ones(texts.num_rows, np.bool_)
        arrays = []
        with_words = []
        for column in self._problem.columns:
            if column.name in self._positions:
                found = texts[column.name].combine_chunks()
                values, column_valid = read_column(column, found, self._problem.dialect)
                valid &= column_valid
                if column.nullable and values.null_count:
                    with_words.append((column, found, to_flags(pc.is_null(values))))
            else:
                values = pa.nulls(texts.num_rows, self._schema.field(column.name).type)
            arrays.append(values)
        for column, found, missing in with_words:
            self._count_words(column, found.filter(pa.array(valid & missing)))
        rows = pa.Table.from_arrays([*arrays, numbers], schema=self._schema)
        valid &= rows_that_hold(self._problem, lambda name: floats_of(rows[name]), rows.num_rows)
        return rows, valid

    def _count_words(self, column: Column, texts: pa.Array) -> None:
        words = texts.filter(pc.not_equal(texts, ""))
        for word in pc.value_counts(words).to_pylist():
            self._notes[column.name, word["values"]] += word["counts"]

    def _read_singly(
        self, lines: list[bytes], chosen: NDArray[np.int64], before: int, end: int
    ) -> Batch:
        rows = (self._check(before + int(i) + 1, Record(lines[i])) for i in chosen)
        return to_batch(rows, self._schema, end=end)
