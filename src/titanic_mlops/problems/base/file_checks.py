"""What keeps files from being read as declared: dialect, header, ignored columns, rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from titanic_mlops.problems.base.columns import Column
from titanic_mlops.problems.base.dialect import Dialect
from titanic_mlops.problems.base.rule import Rule

if TYPE_CHECKING:  # a problem checks itself when it is made
    from titanic_mlops.problems.base.problem import Problem

_DECIMALS = (".", ",")
_MOMENT = datetime(2024, 12, 31, 23, 58, 59)  # noqa: DTZ001 a probe of formats, not a time


def file_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield what is wrong with everything that a declaration says about files."""
    yield from _dialect_faults(problem.dialect)
    yield from _header_faults(problem, columns)
    for rule in problem.rules:
        yield from _rule_faults(rule, columns)
    for name, count in Counter(r.name for r in problem.rules if isinstance(r, Rule)).items():
        if count > 1:
            yield f"rules hold the name {name!r} {count} times; rename one"


def _dialect_faults(dialect: object) -> Iterator[str]:
    if not isinstance(dialect, Dialect):
        yield f'the dialect is {dialect!r}; write Dialect(delimiter=";")'
        return
    delimiter = dialect.delimiter
    if not isinstance(delimiter, str) or len(delimiter.encode(errors="replace")) != 1:
        yield f"the dialect has the delimiter {delimiter!r}; write one ASCII character"
    elif delimiter.isalnum() or delimiter in '"\r\n -+._\0':
        yield f"the dialect has the delimiter {delimiter!r}, which values contain; use another"
    if dialect.decimal not in _DECIMALS:
        yield f'the dialect has the decimal mark {dialect.decimal!r}; write "." or ","'
    elif dialect.decimal == delimiter:
        yield f"the dialect separates fields and decimals by {delimiter!r}; change one"
    if not _round_trips(dialect.date_format, "%Y%m%d"):
        yield (
            f"the dialect has the date_format {dialect.date_format!r}, which does not give a day; "
            'write a format of strptime with year, month and day, as in "%d.%m.%Y"'
        )
    if not _round_trips(dialect.datetime_format, "%Y%m%d%H%M"):
        yield (
            f"the dialect has the datetime_format {dialect.datetime_format!r}, which does not give "
            'a time; write a format of strptime, as in "%d.%m.%Y %H:%M"'
        )


def _round_trips(form: object, of: str) -> bool:
    """Return whether a text in this format says as much as one in the format `of`."""
    if not isinstance(form, str):
        return False
    if not form:
        return True
    try:
        read = datetime.strptime(_MOMENT.strftime(form), form)  # noqa: DTZ007 as above
    except ValueError:
        return False
    return read.strftime(of) == _MOMENT.strftime(of)


def _header_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    names = [column.file_name for column in columns.values()]
    for name in problem.ignored:
        if not isinstance(name, str) or not name.strip():
            yield f"ignored holds {name!r}; write the name of a column in the header of files"
            return
    with_header = {str(c.header).strip().casefold() for c in columns.values() if c.header}
    for name, count in Counter(str(n).strip().casefold() for n in names).items():
        if count > 1 and name in with_header:
            yield f"{count} columns are named {name!r} in files; give each a header of its own"
    known = {str(name).strip().casefold(): name for name in names}
    for name in problem.ignored:
        if name.strip().casefold() in known:
            yield f"ignored holds {name!r}, which is a column of the record; remove it from one"


def _rule_faults(rule: object, columns: Mapping[str, Column]) -> Iterator[str]:
    if not isinstance(rule, Rule):
        yield f"rules hold {rule!r}; write Rule(name, columns, holds, expected)"
        return
    if not isinstance(rule.name, str) or not rule.name.isidentifier():
        yield f"a rule has the name {rule.name!r}; write a word, as in depth_agrees"
    if not isinstance(rule.expected, str) or not rule.expected.startswith("must "):
        yield (
            f"the rule {rule.name} expects {rule.expected!r}; write the second half of a sentence, "
            'as in "must agree with x, y and z"'
        )
    if not callable(rule.holds):
        yield f"the rule {rule.name} holds {rule.holds!r}; write a function of its columns"
    if not isinstance(rule.columns, tuple) or not rule.columns:
        yield f"the rule {rule.name} reads {rule.columns!r}; write a tuple of columns"
        return
    for name in rule.columns:
        column = columns.get(name)
        if column is None:
            yield f"the rule {rule.name} reads {name!r}, which is not a column"
        elif not column.is_number:
            yield f"the rule {rule.name} reads {name}, which is not a number; remove it"
