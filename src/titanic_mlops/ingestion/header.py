"""The header of a file: columns are found by name, never by position."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion.header_faults import (
    absent_columns,
    columns_are,
    explain,
    fold,
    misspelt_target,
    reject_target,
    split,
    target_name,
)
from titanic_mlops.ingestion.records import BOM, Record, lines, no_content, records
from titanic_mlops.problems.base import Problem

_SHOWN = 40
_FIRST_LINES = 20


@dataclass(frozen=True, slots=True)
class Header:
    """Say where each column of the problem stands in a file.

    `names` are all fields as written; `positions` lacks the optional columns that the file
    lacks; the first record starts `end` bytes into the file. `warnings` are sentences about
    columns of the file that the problem does not declare. `delimiter` separates fields.
    """

    names: tuple[str, ...]
    positions: dict[str, int]
    end: int
    warnings: tuple[str, ...] = ()
    delimiter: str = ","

    @property
    def width(self) -> int:
        """Return how many fields a record has."""
        return len(self.names)


def read_header(path: Path, problem: Problem, file: str) -> Header:
    """Return where the columns are; `file` is the name to use in sentences.

    Names are compared trimmed and without regard to case. A column that is both `NotRequired`
    and nullable may be missing.

    Raises:
        FileRejected: `empty_file`, `header_missing`, `header_missing_column` and
            `header_duplicate_column` are quarantined; `delimiter`, `header_not_first` and
            `target_misspelt` are held.
    """
    with path.open("rb") as stream:
        record, end = _first_record(stream, problem.dialect.delimiter)
    if not record.data:
        raise FileRejected(f"{file}: the file is empty", state="quarantined", rule="empty_file")
    names = split(record.data, problem.dialect.delimiter) if not record.fault else []
    found = Counter(map(fold, names))
    if absent_columns(problem, names):
        with path.open("rb") as stream:
            first_lines = list(islice(lines(stream), _FIRST_LINES))
        raise explain(file, problem, record, names, first_lines)
    twice = [c.file_name for c in problem.columns if found[fold(c.file_name)] > 1]
    if twice:
        detail = f"{file}: {columns_are(twice)} there twice; the header must name a column once"
        raise FileRejected(detail, state="quarantined", rule="header_duplicate_column")
    if not found[fold(target_name(problem))] and (similar := misspelt_target(problem, names)):
        raise reject_target(file, problem, similar)
    return _locate(problem, names, end)


def _first_record(stream: BinaryIO, delimiter: str) -> tuple[Record, int]:
    start = len(BOM) if stream.read(len(BOM)) == BOM else 0
    stream.seek(start)
    for line in lines(stream):
        if line.strip(no_content(delimiter)):
            break
        start += len(line)
    stream.seek(start)
    record = next(records(stream, delimiter), Record(b""))
    return record, start + len(record.data)


def _locate(problem: Problem, names: Sequence[str], end: int) -> Header:
    place = {fold(name): position for position, name in enumerate(names)}
    found = [column for column in problem.columns if fold(column.file_name) in place]
    positions = {column.name: place[fold(column.file_name)] for column in found}
    known = {*positions.values(), *(place.get(fold(name), -1) for name in problem.ignored)}
    unknown = [name.strip() for position, name in enumerate(names) if position not in known]
    absent = [c.file_name for c in problem.columns if c.name not in positions]
    warnings = _warn(unknown, {fold(name): name for name in absent})
    return Header(tuple(names), positions, end, warnings, problem.dialect.delimiter)


def _warn(unknown: list[str], absent: dict[str, str]) -> tuple[str, ...]:
    """Return what to say about columns that the problem does not declare.

    `absent` are the columns that the file lacks: one of them may be misspelt.
    """
    if not unknown:
        return ()
    shown = []
    for name in unknown:
        close = get_close_matches(fold(name), absent, n=1)
        guess = f" (perhaps a misspelt {absent[close[0]]})" if close else ""
        shown.append(f"{ascii(name[:_SHOWN])[1:-1] or '(unnamed)'}{guess}")
    return (f"ignored, because the problem does not declare them: {', '.join(shown)}",)
