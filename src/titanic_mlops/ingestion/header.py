"""The header contract: columns are found by name, never by place."""

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

    `positions` leaves out a target that the file does not have; `width` counts all fields;
    the first record starts `end` bytes into the file.
    """

    positions: dict[str, int]
    width: int
    extra: tuple[str, ...]
    end: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return one sentence about the columns that nobody asked for, if there are any."""
        if not self.extra:
            return ()
        return (f"left out, as the problem does not know them: {', '.join(self.extra)}",)


def read_header(path: Path, problem: Problem, file: str) -> Header:
    """Return where the columns are; `file` is the name to use in sentences.

    Names are compared trimmed and without regard to case.

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
        raise _refuse_absent(file, problem, record, absent, names)
    twice = [column.name for column in problem.columns if found[_fold(column.name)] > 1]
    if twice:
        detail = f"{file}: {_columns(twice)} there twice; {_must_name(problem)}, each once"
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
    target = problem.by_name[problem.target]
    may_be_absent = target.name if target.nullable else ""
    names = (column.name for column in problem.columns)
    return [name for name in names if name != may_be_absent and not found[_fold(name)]]


def _refuse_absent(
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
    extra = {_fold(name): name.strip() for name in names if _fold(name) not in known}
    guesses = ", ".join(_guess(name, extra) for name in absent)
    verb = "is" if len(absent) == 1 else "are"
    noun = "column" if len(absent) == 1 else "columns"
    detail = f"{file}: {noun} {guesses} {verb} missing; {_must_name(problem)}"
    return FileRejected(detail, state="quarantined", rule="header_missing_column")


def _guess(name: str, extra: dict[str, str]) -> str:
    close = get_close_matches(_fold(name), extra, n=1)
    return f"{name} (did you mean it by {extra[close[0]][:_SHOWN]!r}?)" if close else name


def _columns(names: list[str]) -> str:
    return f"column {names[0]} is" if len(names) == 1 else f"columns {', '.join(names)} are"


def _must_name(problem: Problem) -> str:
    return f"the header must name {', '.join(column.name for column in problem.columns)}"


def _locate(problem: Problem, names: Sequence[str], end: int) -> Header:
    place = {_fold(name): position for position, name in enumerate(names)}
    columns = [c.name for c in problem.columns if _fold(c.name) in place]
    positions = {name: place[_fold(name)] for name in columns}
    ours = set(positions.values())
    others = (name.strip() for position, name in enumerate(names) if position not in ours)
    extra = tuple(ascii(name[:_SHOWN])[1:-1] or "(unnamed)" for name in others)
    return Header(positions, len(names), extra, end)
