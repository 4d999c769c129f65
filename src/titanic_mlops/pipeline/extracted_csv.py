"""Rows of a query as a CSV in the declaration's dialect, which ingestion reads back."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa

from titanic_mlops.errors import Rejected
from titanic_mlops.ingestion.header_faults import absent_columns, columns_are, fold
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.rules.cells import date_form


class _NotCarried(Exception):
    """Say what a cell cannot hold, without the value: it may be personal."""


def write_csv(rows: pa.Table, problem: Problem) -> bytes:
    """Return the rows under their columns' names in files; an undeclared column is kept as text.

    Raises:
        Rejected: a required column is lacking, one is there twice, or a value has no form in the
            dialect.
    """
    known = {fold(name): c for c in problem.columns for name in (c.file_name, c.name)}
    declared = [known.get(fold(name)) for name in rows.column_names]
    names = [
        column.file_name if column else name
        for name, column in zip(rows.column_names, declared, strict=True)
    ]
    _refuse_columns(problem, names)
    written = [
        _cells(problem, name, column, rows.column(place).to_pylist())
        for place, (name, column) in enumerate(zip(names, declared, strict=True))
    ]
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=problem.dialect.delimiter, lineterminator="\n")
    table.writerow(names)
    table.writerows(zip(*written, strict=True))
    try:
        return text.getvalue().encode()
    except UnicodeEncodeError:
        raise Rejected("The query gives text that is not Unicode; nothing was landed.") from None


def _refuse_columns(problem: Problem, names: Sequence[str]) -> None:
    if absent := absent_columns(problem, names):
        raise Rejected(
            f"The query lacks {', '.join(absent)}, which {problem.name} declares; it gives "
            f"{', '.join(names)}. Select the missing columns under these names."
        )
    folded = [fold(name) for name in names]
    if twice := [name for name in dict.fromkeys(names) if folded.count(fold(name)) > 1]:
        raise Rejected(f"The query gives {columns_are(twice)} there twice; name each once.")


def _cells(
    problem: Problem, name: str, column: Column | None, values: Sequence[object]
) -> list[str]:
    form = date_form(column, problem.dialect) if column else ""
    cells = []
    for number, value in enumerate(values, start=1):
        try:
            cells.append(_cell(value, column, problem.dialect.decimal, form))
        except _NotCarried as found:
            raise Rejected(
                f"Row {number:,} of the query has in {name} {found}, which no CSV of "
                f"{problem.name} can hold; convert it in the query. Nothing was landed."
            ) from None
    return cells


def _cell(value: object, column: Column | None, decimal: str, form: str) -> str:
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value, column, decimal, form)
    raise _NotCarried(f"a value of the type {type(value).__name__}")


def _missing(_value: object, _column: Column | None, _decimal: str, _form: str) -> str:
    return ""


def _word(value: object, column: Column | None, _decimal: str, _form: str) -> str:
    if column and column.is_number:
        return str(int(bool(value)))
    return (column.words if column else ("false", "true"))[bool(value)]


def _number(value: object, column: Column | None, decimal: str, _form: str) -> str:
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise _NotCarried("a number that is not finite")
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    # A text column's number keeps its point: only numbers have a decimal mark of the dialect.
    return text.replace(".", decimal) if column and column.is_number else text


def _time(value: date, column: Column | None, _decimal: str, form: str) -> str:
    """Return a date or time; BigQuery and DuckDB give midnight for a date in a column of times."""
    at = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    at = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    is_date = column.type is date if column else not isinstance(value, datetime)
    if is_date and at.time() != time.min:
        raise _NotCarried("a time of day where a date is declared")
    if not form:
        return at.date().isoformat() if is_date else at.isoformat()
    text = at.strftime(form)
    if datetime.strptime(text, form) != at:  # noqa: DTZ007 as declared
        raise _NotCarried(f"a time that its form {form} cuts")
    return text


def _text(value: object, _column: Column | None, _decimal: str, _form: str) -> str:
    if "\0" in str(value):
        raise _NotCarried("a NUL character")
    return str(value)


def _members(value: object, column: Column | None, decimal: str, form: str) -> str:
    members = value if isinstance(value, list) else []
    if column is None or not column.is_set:
        raise _NotCarried("a list")
    texts = [_text(one, column, decimal, form) for one in members if one is not None]
    if any(column.separator in text for text in texts):
        raise _NotCarried(f"a member with the separator {column.separator!r}")
    return column.separator.join(texts)


_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[..., str]], ...] = (
    (type(None), _missing),
    (bool, _word),
    ((int, float, Decimal), _number),
    (date, _time),  # a datetime is one
    (str, _text),
    (list, _members),
)
