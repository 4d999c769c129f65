"""The header of a file: columns are found by name, never by position."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion.records import BOM, Record, lines, records
from titanic_mlops.problems.base import Problem

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs"}
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Header:
    """Say where each column of the problem stands in a file.

    `positions` lacks the optional columns that the file lacks; `width` counts all fields;
    the first record starts `end` bytes into the file. `warnings` are sentences about columns
    of the file that the problem does not declare.
    """

    positions: dict[str, int]
    width: int
    end: int
    warnings: tuple[str, ...] = ()


def read_header(path: Path, problem: Problem, file: str) -> Header:
    """Return where the columns are; `file` is the name to use in sentences.

    Names are compared trimmed and without regard to case. A column that is both `NotRequired`
    and nullable may be missing.

    Raises:
        FileRejected: `empty_file`, `header_missing`, `header_missing_column` and
            `header_duplicate_column` are quarantined, `delimiter` is held.
    """
    with path.open("rb") as stream:
        record, end = _first_record(stream)
    if not record.data:
        raise FileRejected(f"{file}: the file is empty", state="quarantined", rule="empty_file")
    names = _split(record, ",")
    found = Counter(_fold(name) for name in names)
    absent = _absent(problem, found)
    if absent:
        raise _reject_header(file, problem, record, absent, names)
    twice = [column.name for column in problem.columns if found[_fold(column.name)] > 1]
    if twice:
        detail = f"{file}: {_columns(twice)} there twice; the header must name a column once"
        raise FileRejected(detail, state="quarantined", rule="header_duplicate_column")
    return _locate(problem, names, end)


def _first_record(stream: BinaryIO) -> tuple[Record, int]:
    start = len(BOM) if stream.read(len(BOM)) == BOM else 0
    stream.seek(start)
    for line in lines(stream):
        if line.strip(b"\r\n"):
            break
        start += len(line)
    stream.seek(start)
    record = next(records(stream), Record(b""))
    return record, start + len(record.data)


def _split(record: Record, delimiter: str) -> list[str]:
    text = record.data.decode(errors="backslashreplace")
    if record.fault:
        return []
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:  # quotes that only make sense with another delimiter
        return []


def _fold(name: str) -> str:
    return name.strip().casefold()


def _absent(problem: Problem, found: Counter[str]) -> list[str]:
    """Return the columns that are missing although every file must have them."""
    required = (c.name for c in problem.columns if not c.may_be_absent_from_file)
    return [name for name in required if not found[_fold(name)]]


def _reject_header(
    file: str, problem: Problem, record: Record, absent: list[str], names: Sequence[str]
) -> FileRejected:
    for delimiter, word in _OTHER_DELIMITERS.items():
        if not _absent(problem, Counter(map(_fold, _split(record, delimiter)))):
            detail = f"{file}: fields are separated by {word}; they must be separated by commas"
            return FileRejected(detail, state="held", rule="delimiter")
    known = {_fold(column.name) for column in problem.columns}
    if known.isdisjoint(map(_fold, names)):
        detail = f"{file}: the first line names no column; {_must_name(problem)}"
        return FileRejected(detail, state="quarantined", rule="header_missing")
    unknown = {_fold(name): name.strip() for name in names if _fold(name) not in known}
    guesses = [_with_guess(name, unknown) for name in absent]
    detail = f"{file}: {_columns(guesses)} missing; {_must_name(problem)}"
    return FileRejected(detail, state="quarantined", rule="header_missing_column")


def _with_guess(name: str, unknown: dict[str, str]) -> str:
    close = get_close_matches(_fold(name), unknown, n=1)
    return f"{name} (perhaps misspelt as {unknown[close[0]][:_SHOWN]!r})" if close else name


def _columns(names: list[str]) -> str:
    return f"column {names[0]} is" if len(names) == 1 else f"columns {', '.join(names)} are"


def _must_name(problem: Problem) -> str:
    required = [c.name for c in problem.columns if not c.may_be_absent_from_file]
    others = [c.name for c in problem.columns if c.may_be_absent_from_file]
    may = f" and may name {', '.join(others)}" if others else ""
    return f"the header must name {', '.join(required)}{may}"


def _locate(problem: Problem, names: Sequence[str], end: int) -> Header:
    place = {_fold(name): position for position, name in enumerate(names)}
    columns = [c.name for c in problem.columns if _fold(c.name) in place]
    positions = {name: place[_fold(name)] for name in columns}
    ours = set(positions.values())
    unknown = [name.strip() for position, name in enumerate(names) if position not in ours]
    absent = {_fold(name): name for name in problem.by_name if name not in positions}
    return Header(positions, len(names), end, _warn(unknown, absent))


def _warn(unknown: list[str], absent: dict[str, str]) -> tuple[str, ...]:
    """Return what to say about columns that the problem does not declare.

    `absent` are the columns that the file lacks: one of them may be misspelt.
    """
    if not unknown:
        return ()
    shown = []
    for name in unknown:
        close = get_close_matches(_fold(name), absent, n=1)
        guess = f" (perhaps a misspelt {absent[close[0]]})" if close else ""
        shown.append(f"{ascii(name[:_SHOWN])[1:-1] or '(unnamed)'}{guess}")
    return (f"ignored, because the problem does not declare them: {', '.join(shown)}",)
