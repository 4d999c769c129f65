"""The parts of one value that a model reads: words of a text, parts of a date, a level."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from titanic_mlops.problems.base import Scalar

_WORD = re.compile(r"[^\W_]+")


def words_of(text: Scalar) -> list[str]:
    """Return the lower-cased words of a text, in their order."""
    return _WORD.findall(str(text or "").lower())


def part_reader(parts: tuple[str, ...], since: str) -> Callable[[Scalar], tuple[float, ...]]:
    """Return the function from a date or time in ISO 8601 to its parts."""
    first = date.fromisoformat(since).toordinal() if since else 0
    read: dict[str, Callable[[datetime], float]] = {
        "year": lambda at: at.year,
        "month": lambda at: at.month,
        "weekday": lambda at: at.weekday(),
        "hour": lambda at: at.hour,
        "days": lambda at: at.toordinal() - first,
    }
    readers = [read[part] for part in parts]

    def parts_of(value: Scalar) -> tuple[float, ...]:
        at = datetime.fromisoformat(str(value))
        return tuple(float(reader(at)) for reader in readers)

    return parts_of


def level_reader(pattern: str) -> Callable[[Scalar], str]:
    """Return the function from a value to its level: the first group of `pattern`, if any.

    Raises:
        ValueError: the pattern has no group.
    """
    if not pattern:
        return str
    compiled = re.compile(pattern)
    if not compiled.groups:
        raise ValueError(f"The pattern {pattern!r} has no group; its first one is the level.")
    search = compiled.search

    def level_of(value: Scalar) -> str:
        found = search(str(value))
        return (found[1] or "") if found else ""

    return level_of
