"""Rules on whole columns of texts: their values, and which of them are certainly valid.

The row reader decides about every other cell; where a cell is valid here, its value is the same.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import INT64_RANGE, Column, Dialect
from titanic_mlops.rules.cells import missing_words, read_cell
from titanic_mlops.rules.faults import MAX_DIGITS
from titanic_mlops.rules.values import FLOAT, INTEGER
from titanic_mlops.tables.arrow import TYPES, to_array
from titanic_mlops.tables.problem import TYPES as COLUMN_TYPES

_INT64_DIGITS = 18
"""Whole numbers of up to this many characters fit into 64 bits."""


def read_column(
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
        return numbers.take(places), to_flags(valid.take(places))
    missing = _is_missing(column, texts)
    if column.categories:
        valid = pc.is_in(texts, value_set=pa.array(column.categories))
    else:
        valid = pc.and_(pc.invert(missing), _is_short(column, texts))
    if not column.nullable:
        return texts, to_flags(valid)
    return pc.if_else(missing, None, texts), to_flags(pc.or_(valid, missing))


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


def floats_of(numbers: pa.ChunkedArray) -> NDArray[np.float64]:
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


def to_flags(flags: pa.Array) -> NDArray[np.bool_]:
    """Return an array of booleans without a missing value as numpy holds it."""
    array: NDArray[np.bool_] = flags.to_numpy(zero_copy_only=False)
    return array
