"""The rule of a column for one value: the text of a CSV field, or a decoded JSON value."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from itertools import product

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import Column, Scalar

INTEGER = r"-?[0-9]+(\.0+)?"
DECIMAL = r"-?[0-9]+(\.[0-9]+)?"
MAX_DIGITS = 40
"""Longer numbers are invalid: int() has a limit, and float() overflows to infinity."""

MISSING_WORDS = frozenset(
    "".join(letters)
    for word in ("na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nan", r"\n", "?")
    for letters in product(*({letter, letter.upper()} for letter in word))
)
"""What R, pandas, SQL dumps, Excel and OpenML write for a missing value, in either case of letters.

A cell that is one of these words is missing in every column, unless the column declares the word
as a category.
"""

_INTEGER, _DECIMAL = re.compile(INTEGER), re.compile(DECIMAL)
_SHOWN = 40


def read_cell(column: Column, text: str) -> Scalar | Fault:
    """Return the value of a CSV cell, or its fault.

    A cell is read as `read_text` reads text, and one of `MISSING_WORDS` is a missing value.
    """
    if text in MISSING_WORDS and text not in column.categories:
        if column.nullable:
            return None
        return Fault(column.name, "missing", f"is '{text}', a missing value", must_be(column))
    value = read_text(column, text, may_be_absent=column.nullable)
    inner = text.strip()
    if isinstance(value, Fault) and inner != text:
        if isinstance(read_cell(column, inner), Fault):
            return value
        return replace(value, expected=f"{value.expected}, without a space around it")
    return value


def read_text(column: Column, text: str, *, may_be_absent: bool) -> Scalar | Fault:
    """Return the value that `text` denotes, or its fault; an empty text is a missing value.

    A number has ASCII digits only, without a plus sign, exponent or grouping; an integer may
    end in `.0`.
    """
    if text == "":
        return None if may_be_absent else missing(column)
    if column.type is str:
        return _check_text(column, text)
    pattern = _INTEGER if column.type is int else _DECIMAL
    if len(text) > MAX_DIGITS or not pattern.fullmatch(text):
        return _wrong_type(column, text)
    number = int(text.split(".", maxsplit=1)[0]) if column.type is int else float(text)
    return _check_range(column, number, shown=text)


def read_json(column: Column, value: object, *, may_be_absent: bool) -> Scalar | Fault:
    """Return the value of a decoded JSON member, or its fault.

    A number may be written as text; `true` is not a number; null and an empty text are missing
    values.
    """
    if value is None:
        return None if may_be_absent else missing(column)
    if isinstance(value, str):
        return read_text(column, value, may_be_absent=may_be_absent)
    if column.type is str or isinstance(value, bool) or not isinstance(value, int | float):
        return _wrong_type(column, value)
    if isinstance(value, float) and not math.isfinite(value):
        return _wrong_type(column, value)
    if column.type is int and value != int(value):
        return _wrong_type(column, value)
    return _check_range(column, value, shown=value)


def missing(column: Column) -> Fault:
    """Return the fault of a required value that is missing."""
    return Fault(column.name, "missing", "is missing", must_be(column))


def must_be(column: Column) -> str:
    """Return what is valid, as the second half of a sentence."""
    if column.categories:
        return f"must be one of {', '.join(column.categories)}"
    if column.type is str:
        return f"must be text of at most {column.max_length} characters"
    kind = "a whole number" if column.type is int else "a number"
    return " ".join(word for word in ("must be", kind, _range_words(column)) if word)


def _range_words(column: Column) -> str:
    low, high = (None if end is None else f"{end:.15g}" for end in (column.minimum, column.maximum))
    unit = f" {column.unit}" if column.unit else ""
    if low is not None and high is not None:
        return f"from {low} to {high}{unit}"
    if low is not None:
        return f"of at least {low}{unit}"
    return f"of at most {high}{unit}" if high is not None else column.unit and f"in {column.unit}"


def _check_text(column: Column, text: str) -> Scalar | Fault:
    if column.categories:
        if text in column.categories:
            return text
        return Fault(column.name, "category", f"is {_shown(text)}", must_be(column))
    if len(text) > column.max_length:
        return Fault(column.name, "length", f"has {len(text)} characters", must_be(column))
    if "\0" in text or not _is_unicode(text):
        expected = "must be Unicode text without NUL"
        return Fault(column.name, "characters", f"is {_shown(text)}", expected)
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


def _check_range(column: Column, number: float, *, shown: object) -> Scalar | Fault:
    low, high = column.bounds
    if not low <= number <= high:
        found = shown if isinstance(shown, str) else _shown(shown)
        return Fault(column.name, "range", f"is {found}", must_be(column))
    # adding 0 turns -0.0 into 0.0, so that equal values have one text
    return int(number) if column.type is int else float(number) + 0


def _wrong_type(column: Column, value: object) -> Fault:
    return Fault(column.name, "type", f"is {_shown(value)}", must_be(column))


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        return f"a number of over {MAX_DIGITS} digits"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    shown = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
