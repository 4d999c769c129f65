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

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.batches import ROW_NUMBER, Batch, record_schema, to_batch
from titanic_mlops.ingestion.header import Header
from titanic_mlops.ingestion.notes import Notes
from titanic_mlops.ingestion.records import Record
from titanic_mlops.ingestion.rows import RowCheck
from titanic_mlops.ingestion.skipped import Skip
from titanic_mlops.ingestion.structure import blocks
from titanic_mlops.problems.base import INT64_RANGE, Column, Dialect, Problem
from titanic_mlops.rules.across import rows_that_hold
from titanic_mlops.rules.cells import missing_words, read_cell
from titanic_mlops.rules.faults import MAX_DIGITS
from titanic_mlops.rules.values import FLOAT, INTEGER
from titanic_mlops.tables.arrow import TYPES, to_array
from titanic_mlops.tables.problem import TYPES as COLUMN_TYPES

_INT64_DIGITS = 18
"""Whole numbers of up to this many characters fit into 64 bits."""


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
                values, column_valid = _read_column(column, found, self._problem.dialect)
                valid &= column_valid
                if column.nullable and values.null_count:
                    with_words.append((column, found, _to_numpy(pc.is_null(values))))
            else:
                values = pa.nulls(texts.num_rows, self._schema.field(column.name).type)
            arrays.append(values)
        for column, found, missing in with_words:
            self._count_words(column, found.filter(pa.array(valid & missing)))
        rows = pa.Table.from_arrays([*arrays, numbers], schema=self._schema)
        valid &= rows_that_hold(self._problem, lambda name: _floats(rows[name]), rows.num_rows)
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


def _read_column(
    column: Column, texts: pa.Array, dialect: Dialect
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return the values of a column and a mask of the certainly valid ones."""
    if not column.is_number and column.type is not str:
        return _read_texts(column, texts, dialect)
    if column.is_number:
        # few different numbers repeat many times: read each text once
        encoded = texts.dictionary_encode()
        words, places = encoded.dictionary, encoded.indices
        numbers, valid = _read_numbers(column, words, dialect)
        valid = pc.or_(valid, _is_missing(column, words)) if column.nullable else valid
        return numbers.take(places), _to_numpy(valid.take(places))
    missing = _is_missing(column, texts)
    if column.categories:
        valid = pc.is_in(texts, value_set=pa.array(column.categories))
    else:
        valid = pc.and_(pc.invert(missing), _is_short(column, texts))
    if not column.nullable:
        return texts, _to_numpy(valid)
    return pc.if_else(missing, None, texts), _to_numpy(pc.or_(valid, missing))


def _read_texts(
    column: Column, texts: pa.Array, dialect: Dialect
) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return the values of a column of booleans, dates or sets, which repeat few texts."""
    encoded = texts.dictionary_encode()
    read = [read_cell(column, text, dialect) for text in encoded.dictionary.to_pylist()]
    faulty = np.array([isinstance(value, Fault) for value in read], np.bool_)
    known = [None if isinstance(value, Fault) else value for value in read]
    values = to_array(known, TYPES[COLUMN_TYPES[column.type]])
    return values.take(encoded.indices), ~faulty[encoded.indices.to_numpy()]


def _floats(numbers: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return numbers as floats, NaN where one is missing."""
    array: NDArray[np.float64] = numbers.cast(pa.float64(), safe=False).to_numpy()
    return array


def _is_short(column: Column, texts: pa.Array) -> pa.Array:
    return pc.less_equal(pc.utf8_length(texts), column.max_length)


def _is_missing(column: Column, texts: pa.Array) -> pa.Array:
    return pc.is_in(texts, value_set=pa.array([*_words(column).to_pylist(), ""]))


def _words(column: Column) -> pa.Array:
    """Return the words that mean a missing value in this column."""
    return pa.array(sorted((*missing_words(column), *_unknown_texts(column))))


def _unknown_texts(column: Column) -> tuple[str, ...]:
    return tuple(map(str, column.unknown)) if column.type is str else ()


def _read_numbers(column: Column, words: pa.Array, dialect: Dialect) -> tuple[pa.Array, pa.Array]:
    """Return the numbers that `words` denote and a mask of the certainly valid ones."""
    whole = column.type is int
    # RE2's \A and \z match the ends of the text, as fullmatch does
    form = INTEGER if whole else FLOAT
    if dialect.decimal == ",":
        form, comma = form.replace(r"\.", ","), words
        words = pc.replace_substring(words, ",", ".")
        written = pc.match_substring_regex(comma, rf"\A(?:{form})\z")
    else:
        written = pc.match_substring_regex(words, rf"\A(?:{form})\z")
    digits = pc.binary_length(words)
    short = pc.less_equal(digits, _INT64_DIGITS if whole else MAX_DIGITS)
    readable = pc.if_else(pc.and_(written, short), words, None)
    if whole:
        numbers = pc.replace_substring_regex(readable, r"\..*", "").cast(pa.int64())
    else:
        # adding 0 turns -0.0 into 0.0, as in the row reader
        numbers = pc.add(readable.cast(pa.float64()), 0.0)
    low, high = _bounds(column)
    within = pc.and_(pc.greater_equal(numbers, low), pc.less_equal(numbers, high))
    if column.unknown:
        unknown = pc.is_in(numbers, value_set=pa.array(column.unknown, numbers.type))
        numbers = pc.if_else(unknown, None, numbers)
        within = pc.or_kleene(unknown, within)
    return numbers, pc.fill_null(within, False)  # noqa: FBT003 the kernel takes it by position


def _bounds(column: Column) -> tuple[pa.Scalar, pa.Scalar]:
    low, high = column.bounds
    if column.type is float:
        return pa.scalar(low, pa.float64()), pa.scalar(high, pa.float64())
    lowest, highest = INT64_RANGE
    return (
        pa.scalar(max(int(low), lowest), pa.int64()),
        pa.scalar(min(int(high), highest), pa.int64()),
    )


def _to_numpy(flags: pa.Array) -> NDArray[np.bool_]:
    array: NDArray[np.bool_] = flags.to_numpy(zero_copy_only=False)
    return array
