"""The rule of a column for one value: a text in the standard form, or a decoded JSON value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import Column, Scalar
from titanic_mlops.rules.faults import MAX_DIGITS, fault_of_type, missing, must_be, shown

INTEGER = r"-?[0-9]+(\.0+)?"
DECIMAL = r"-?[0-9]+(\.[0-9]+)?"
FLOAT = rf"{DECIMAL}([eE][+-]?[0-9]{{1,2}})?"
"""What a cell of a float column may be: programs write small numbers as 1e-05."""
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
DATETIME = rf"{DATE}[T ]{TIME}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?"

_INTEGER, _DECIMAL, _FLOAT = re.compile(INTEGER), re.compile(DECIMAL), re.compile(FLOAT)
_DATE, _DATETIME = re.compile(DATE), re.compile(DATETIME)


def read_text(column: Column, text: str, *, may_be_absent: bool) -> Scalar | Fault:
    """Return the value that `text` denotes, or its fault; an empty text is a missing value.

    A number has ASCII digits only, without a plus sign, exponent or grouping; an integer may
    end in `.0`. A date or time is written as in ISO 8601; a time with an offset becomes UTC.
    """
    value = _READERS[column.type](column, text) if text else None
    return _or_missing(column, value, may_be_absent=may_be_absent)


def read_float(column: Column, text: str) -> Scalar | Fault:
    """Return the number that the text of a float column's cell denotes, or its fault.

    In files, unlike requests, a number may have an exponent of up to two digits.
    """
    if len(text) > MAX_DIGITS or not _FLOAT.fullmatch(text):
        return fault_of_type(column, text)
    return _check_number(column, float(text), text=text)


def read_json(column: Column, value: object, *, may_be_absent: bool) -> Scalar | Fault:
    """Return the value of a decoded JSON member, or its fault.

    A number may be written as text; `true` is not a number; a set is a list of texts; null and an
    empty text are missing values.
    """
    if isinstance(value, str) and not (column.is_set and value):
        return read_text(column, value, may_be_absent=may_be_absent)
    if value is None:
        found: Scalar | Fault = None
    elif isinstance(value, bool):
        found = value if column.type is bool else fault_of_type(column, value)
    elif isinstance(value, list) and column.is_set:
        found = _read_list(column, value)
    elif isinstance(value, int | float) and column.is_number and _is_of_type(column, value):
        found = _check_number(column, value, text=value)
    else:
        found = fault_of_type(column, value)
    return _or_missing(column, found, may_be_absent=may_be_absent)


def spellings(word: str) -> tuple[str, ...]:
    """Return the usual spellings of a word for a boolean: true, TRUE, True."""
    return (word, word.lower(), word.upper(), word.capitalize())


def _or_missing(column: Column, value: Scalar | Fault, *, may_be_absent: bool) -> Scalar | Fault:
    return missing(column) if value is None and not may_be_absent else value


def _is_of_type(column: Column, value: float) -> bool:
    if isinstance(value, int):  # isfinite takes no integer beyond a float's range
        return True
    return math.isfinite(value) and (column.type is float or value == int(value))


def _read_number(column: Column, text: str) -> Scalar | Fault:
    pattern = _INTEGER if column.type is int else _DECIMAL
    if len(text) > MAX_DIGITS or not pattern.fullmatch(text):
        return fault_of_type(column, text)
    number = int(text.split(".", maxsplit=1)[0]) if column.type is int else float(text)
    return _check_number(column, number, text=text)


def _check_number(column: Column, number: float, *, text: object) -> Scalar | Fault:
    if column.unknown and number in column.unknown:
        return None
    low, high = column.bounds
    if not low <= number <= high:
        found = text if isinstance(text, str) else shown(text)
        return Fault(column.name, "range", f"is {found}", must_be(column))
    # adding 0 turns -0.0 into 0.0, so that equal values have one text
    return int(number) if column.type is int else float(number) + 0


def _read_word(column: Column, text: str) -> Scalar | Fault:
    for value, word in enumerate(column.words):
        if text in spellings(word):
            return bool(value)
    return fault_of_type(column, text)


def _read_date(column: Column, text: str) -> Scalar | Fault:
    pattern = _DATE if column.type is date else _DATETIME
    if not pattern.fullmatch(text):
        return fault_of_type(column, text)
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at
    except (ValueError, OverflowError):
        return fault_of_type(column, text)
    return at.date().isoformat() if column.type is date else at.replace(tzinfo=None).isoformat()


def _read_members(column: Column, text: str) -> Scalar | Fault:
    return _check_set(column, text.split(column.separator))


def _read_list(column: Column, members: list[object]) -> Scalar | Fault:
    for member in members:
        if not isinstance(member, str) or not member.strip():
            return fault_of_type(column, member)
        if column.separator in member:
            found = f"holds {shown(member)}, which contains {column.separator!r}"
            return Fault(column.name, "member", found, must_be(column))
    return _check_set(column, map(str, members))


def _check_set(column: Column, members: Iterable[str]) -> Scalar | Fault:
    """Return the members, trimmed, sorted and each once, as one text; None for an empty set."""
    found = sorted({member.strip() for member in members} - {""})
    for member in found:
        if column.categories and member not in column.categories:
            return Fault(column.name, "category", f"holds {shown(member)}", must_be(column))
        if "\0" in member or not _is_unicode(member):
            expected = "must be Unicode text without NUL"
            return Fault(column.name, "characters", f"holds {shown(member)}", expected)
    text = column.separator.join(found)
    if len(text) > column.max_length:
        expected = f"must have at most {column.max_length}"
        return Fault(column.name, "length", f"has {len(text)} characters", expected)
    return text or None


def _check_text(column: Column, text: str) -> Scalar | Fault:
    if text in column.unknown:
        return None
    if column.categories:
        if text in column.categories:
            return text
        return Fault(column.name, "category", f"is {shown(text)}", must_be(column))
    if len(text) > column.max_length:
        return Fault(column.name, "length", f"has {len(text)} characters", must_be(column))
    if "\0" in text or not _is_unicode(text):
        expected = "must be Unicode text without NUL"
        return Fault(column.name, "characters", f"is {shown(text)}", expected)
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True


_READERS: dict[type, Callable[[Column, str], Scalar | Fault]] = {
    int: _read_number,
    float: _read_number,
    bool: _read_word,
    str: _check_text,
    list: _read_members,
    date: _read_date,
    datetime: _read_date,
}
