"""What is counted while a file is read, and said once for the whole file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

Notes = Counter[str | tuple[str, str]]
"""Counts of `EMPTY`, `HEADER_AGAIN`, `SHORT`, and of (column, word) for each missing word.

`SHORT` and words are counted in valid rows; another row is rejected with its reasons.
"""
EMPTY = "empty"
HEADER_AGAIN = "header again"
SHORT = "short"


def sentences(notes: Notes) -> Iterator[str]:
    """Yield a sentence for each kind of note."""
    words: dict[str, dict[str, int]] = {}
    for note, count in notes.items():
        if not isinstance(note, str):
            column, word = note
            words.setdefault(word, {})[column] = count
    for word, columns in sorted(words.items()):
        where = ", ".join(f"{column} {count:,}" for column, count in sorted(columns.items()))
        count = sum(columns.values())
        yield f"'{word}' is read as a missing value in {_count(count, 'cell')} ({where})"
    if count := notes[EMPTY]:
        yield f"{_count(count, 'line')} of empty cells only: not counted as rows"
    if count := notes[HEADER_AGAIN]:
        yield f"the header is repeated in {_count(count, 'line')}: not counted as rows"
    if count := notes[SHORT]:
        yield f"the last cells are left out in {_count(count, 'row')}: read as missing values"


def _count(count: int, thing: str) -> str:
    return f"{count:,} {thing}" + ("s" if count > 1 else "")
