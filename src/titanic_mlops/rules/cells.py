"""The rule of a column for the text of one cell of a CSV file, written in the file's dialect."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import Column, Dialect, Scalar
from titanic_mlops.rules.faults import fault_of_type, must_be
from titanic_mlops.rules.values import FLOAT, read_float, read_text

MISSING_WORDS = frozenset(
    "".join(letters)
    for word in ("na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nan", r"\n", "?")
    for letters in product(*({letter, letter.upper()} for letter in word))
)
"""What R, pandas, SQL dumps, Excel and OpenML write for a missing value, in either case of letters.

A cell that is one of these words is missing in every column, unless the column declares the word
as a category.
"""
PLAIN = Dialect()

_DECIMAL_COMMA = re.compile(FLOAT.replace(r"\.", ","))
_EXAMPLE = datetime(2024, 5, 31, 17, 30, tzinfo=UTC)


def missing_words(column: Column) -> frozenset[str]:
    """Return the words that mean a missing value in this column."""
    return MISSING_WORDS.difference(column.categories)


def read_cell(column: Column, text: str, dialect: Dialect = PLAIN) -> Scalar | Fault:
    """Return the value of a CSV cell, or its fault.

    A cell is read as `read_text` reads text, once decimal marks and dates are written in the
    standard way; a float may have an exponent, and one of `MISSING_WORDS` is a missing value.
    """
    if text in MISSING_WORDS and text not in column.categories:
        if column.nullable:
            return None
        return Fault(column.name, "missing", f"is '{text}', a missing value", must_be(column))
    standard = _standard(column, text, dialect)
    if isinstance(standard, Fault):
        value: Scalar | Fault = standard
    elif standard and column.type is float:
        value = read_float(column, standard)
    else:
        value = read_text(column, standard, may_be_absent=column.nullable)
    inner = text.strip()
    if isinstance(value, Fault) and inner != text:
        if isinstance(read_cell(column, inner, dialect), Fault):
            return value
        return replace(value, expected=f"{value.expected}, without a space around it")
    return value


def _standard(column: Column, text: str, dialect: Dialect) -> str | Fault:
    """Return the text of a cell as it is without a dialect, or why it is not of the dialect."""
    if not text:
        return text
    if column.is_number and dialect.decimal == ",":
        if _DECIMAL_COMMA.fullmatch(text):
            return text.replace(",", ".")
        return replace(fault_of_type(column, text), expected=_with_comma(column))
    form = date_form(column, dialect)
    if not form:
        return text
    try:
        return datetime.strptime(text, form).isoformat()[: _length(column)]  # noqa: DTZ007 as declared
    except ValueError:
        expected = f"must be written as {_EXAMPLE.strftime(form)} ({form})"
        return replace(fault_of_type(column, text), expected=expected)


def date_form(column: Column, dialect: Dialect) -> str:
    """Return the format in which a file writes the dates or times of a column; empty: ISO 8601."""
    if column.type is datetime:
        return dialect.datetime_format
    return "" if column.type in (int, float, bool, str, list) else dialect.date_format


def _length(column: Column) -> int | None:
    return None if column.type is datetime else len("2024-05-31")


def _with_comma(column: Column) -> str:
    return (
        f"{must_be(column)}, with a comma as its decimal mark"
        if column.type is float
        else (must_be(column))
    )
