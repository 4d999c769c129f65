"""Why a value is not valid: what was found, and what would be right."""

from __future__ import annotations

import json
from datetime import date, datetime

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import Column

MAX_DIGITS = 40
"""Longer numbers are invalid: int() has a limit, and float() overflows to infinity."""

_SHOWN = 40
_KINDS = {
    int: "a whole number",
    float: "a number",
    date: "a date such as 2024-05-31",
    datetime: "a time such as 2024-05-31T17:30:00",
}


def missing(column: Column) -> Fault:
    """Return the fault of a required value that is missing."""
    return Fault(column.name, "missing", "is missing", must_be(column))


def fault_of_type(column: Column, value: object) -> Fault:
    """Return the fault of a value that is not of the column's type."""
    return Fault(column.name, "type", f"is {shown(value)}", must_be(column))


def must_be(column: Column) -> str:
    """Return what is valid, as the second half of a sentence."""
    if column.is_set:
        members = f"from {', '.join(column.categories)}" if column.categories else "of texts"
        return f"must be a set {members}"
    if column.categories:
        return f"must be one of {', '.join(column.categories)}"
    if column.type is str:
        return f"must be text of at most {column.max_length} characters"
    if column.type is bool:
        return f"must be {' or '.join(column.words)}"
    of_range = _range_words(column) if column.is_number else ""
    return " ".join(word for word in ("must be", _KINDS[column.type], of_range) if word)


def _range_words(column: Column) -> str:
    low, high = (None if end is None else f"{end:.15g}" for end in (column.minimum, column.maximum))
    unit = f" {column.unit}" if column.unit else ""
    if low is not None and high is not None:
        return f"from {low} to {high}{unit}"
    if low is not None:
        return f"of at least {low}{unit}"
    return f"of at most {high}{unit}" if high is not None else column.unit and f"in {column.unit}"


def shown(value: object) -> str:
    """Return a value as a sentence shows it, cut off where it is long."""
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        return f"a number of over {MAX_DIGITS} digits"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
