"""Why a first line is not the header of a problem's file, and what would be right."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches

from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion.records import BOM, Record
from titanic_mlops.problems.base import Problem

_DELIMITERS = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "vertical bars",
    ":": "colons",
    " ": "spaces",
}
_SEP = re.compile(rb'"?sep=(.?)"?\s*\Z', re.IGNORECASE | re.DOTALL)
_SIMILAR = 0.75
"""Similarity of a misspelt target: one letter of four may differ."""
_SHOWN = 40


def fold(name: str) -> str:
    """Return a column name as names are compared: trimmed and without regard to case."""
    return name.strip().casefold()


def split(line: bytes, delimiter: str) -> list[str]:
    """Return the fields of a header line; none where its quotes fit another delimiter only."""
    text = line.decode(errors="backslashreplace")
    padded = delimiter != " "
    try:
        reader = csv.reader([text], delimiter=delimiter, skipinitialspace=padded, strict=True)
        return next(reader, [])
    except csv.Error:
        return []


def absent_columns(problem: Problem, names: Sequence[str]) -> list[str]:
    """Return the columns that are missing although every file must have them."""
    found = set(map(fold, names))
    required = (c.file_name for c in problem.columns if not c.may_be_absent_from_file)
    return [name for name in required if fold(name) not in found]


def columns_are(names: Sequence[str]) -> str:
    """Return "column A is" or "columns A, B are"."""
    return f"column {names[0]} is" if len(names) == 1 else f"columns {', '.join(names)} are"


def explain(
    file: str,
    problem: Problem,
    record: Record,
    names: Sequence[str],
    first_lines: Sequence[bytes],
) -> FileRejected:
    """Return why the first record, which has the fields `names`, is not the header.

    `first_lines` are the file's first physical lines.
    """
    if word := _other_delimiter(problem, record.data):
        ours = delimiter_words(problem.dialect.delimiter)
        detail = f"{file}: fields are separated by {word}; they must be separated by {ours}"
        return FileRejected(detail, state="held", rule="delimiter")
    if later := _header_below(problem, first_lines):
        return FileRejected(f"{file}: {later}", state="held", rule="header_not_first")
    known = {fold(column.file_name) for column in problem.columns}
    if known.isdisjoint(map(fold, names)):
        detail = f"{file}: the first line names no column; {_must_name(problem)}"
        return FileRejected(detail, state="quarantined", rule="header_missing")
    absent = absent_columns(problem, names)
    if absent == [target_name(problem)] and (similar := misspelt_target(problem, names)):
        return reject_target(file, problem, similar)
    unknown = {fold(name): name.strip() for name in names if fold(name) not in known}
    guesses = [_with_guess(name, unknown) for name in absent]
    detail = f"{file}: {columns_are(guesses)} missing; {_must_name(problem)}"
    return FileRejected(detail, state="quarantined", rule="header_missing_column")


def misspelt_target(problem: Problem, names: Sequence[str]) -> str:
    """Return the unknown name that resembles the target, which the file lacks, or nothing."""
    known = {fold(column.file_name) for column in problem.columns}
    letters = {_letters(name): name.strip() for name in names if fold(name) not in known}
    close = get_close_matches(_letters(target_name(problem)), letters, n=1, cutoff=_SIMILAR)
    return letters[close[0]] if close else ""


def reject_target(file: str, problem: Problem, similar: str) -> FileRejected:
    """Return why a file is held whose column `similar` resembles the missing target."""
    shown = ascii(similar[:_SHOWN])
    detail = (
        f"{file}: did you mean {target_name(problem)} by {shown}? Rename the column, or remove it"
    )
    return FileRejected(detail, state="held", rule="target_misspelt")


def target_name(problem: Problem) -> str:
    """Return the target's name in the header of a file."""
    return problem.by_name[problem.target].file_name


def delimiter_words(delimiter: str) -> str:
    """Return the words for what separates fields."""
    return _DELIMITERS.get(delimiter, f"the character {delimiter!a}")


def _letters(name: str) -> str:
    """Return a name's letters and digits: what is left of it when invisible characters go."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _other_delimiter(problem: Problem, line: bytes) -> str:
    """Return the words for the character that separates the columns' names, or nothing."""
    text = line.decode(errors="backslashreplace").rstrip("\r\n")
    columns = "".join(column.file_name for column in problem.columns)
    ours = problem.dialect.delimiter
    for character in dict.fromkeys((*_DELIMITERS, *text)):
        if character.isalnum() or character in f'"{ours}\r\n{columns}' or character not in text:
            continue
        if not absent_columns(problem, split(line, character)):
            return delimiter_words(character)
    return ""


def _header_below(problem: Problem, first_lines: Sequence[bytes]) -> str:
    """Return what stands before the header, and in which line the header is, or nothing."""
    for number, line in enumerate(first_lines[1:], start=2):
        declared = not absent_columns(problem, split(line, problem.dialect.delimiter))
        word = "" if declared else _other_delimiter(problem, line)
        if declared or word:
            hint = _SEP.match(first_lines[0].removeprefix(BOM))
            first = "Excel's sep= hint" if hint else "not the header"
            them = "it" if number == 2 else f"lines 1 to {number - 1}"  # noqa: PLR2004 line 2
            detail = f"the first line is {first}; remove {them}: line {number} is the header"
            if not word:
                return detail
            ours = delimiter_words(problem.dialect.delimiter)
            return f"{detail}, and separate its fields by {ours}, not {word}"
    return ""


def _with_guess(name: str, unknown: dict[str, str]) -> str:
    close = get_close_matches(fold(name), unknown, n=1)
    return f"{name} (perhaps misspelt as {unknown[close[0]][:_SHOWN]!r})" if close else name


def _must_name(problem: Problem) -> str:
    required = [c.file_name for c in problem.columns if not c.may_be_absent_from_file]
    others = [c.file_name for c in problem.columns if c.may_be_absent_from_file]
    may = f" and may name {', '.join(others)}" if others else ""
    return f"the header must name {', '.join(required)}{may}"
