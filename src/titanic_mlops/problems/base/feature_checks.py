"""Whether a feature can read its column; each fault is "what was found; what would be right"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from titanic_mlops.problems.base.columns import Column
from titanic_mlops.problems.base.features import MAX_BUCKETS, Feature, HashedWords, Numeric, OneHot


def shown(feature: Feature) -> str:
    """Return the words that name a feature in a sentence."""
    return f"the feature {type(feature).__name__}({feature.column!r})"


def type_faults(feature: Feature, column: Column) -> Iterator[str]:
    """Yield that the feature reads another type than its column has."""
    name = column.name
    is_number = column.type is not str
    match feature:
        case Numeric() if column.categories:
            yield f"{shown(feature)} reads categories, not numbers; write OneHot({name!r})"
        case Numeric() if not is_number:
            yield (
                f"{shown(feature)} reads text, not numbers; "
                f"write OneHot({name!r}) or HashedWords({name!r})"
            )
        case OneHot() if is_number:
            yield (
                f"{shown(feature)} reads a number, not text; write Numeric({name!r}), "
                "or declare the column as a Literal of texts"
            )
        case HashedWords() if is_number:
            yield f"{shown(feature)} reads a number, not text; write Numeric({name!r})"
        case HashedWords() if column.categories:
            yield f"{shown(feature)} reads categories, not words; write OneHot({name!r})"


def setting_faults(feature: Feature) -> Iterator[str]:
    """Yield what is wrong with the numbers and the pattern of a feature."""
    match feature:
        case OneHot(pattern=pattern, min_count=min_count):
            yield from _pattern_faults(feature, pattern)
            if not _is_within(min_count, 1, None):
                yield (
                    f"{shown(feature)} has the min_count {min_count!r}; "
                    "it must be a whole number of at least 1"
                )
        case Numeric():
            pass
        case HashedWords(buckets=buckets):
            if not _is_within(buckets, 1, MAX_BUCKETS):
                yield (
                    f"{shown(feature)} has {buckets!r} buckets; "
                    f"it must have a whole number from 1 to {MAX_BUCKETS}"
                )


def _pattern_faults(feature: OneHot, pattern: str) -> Iterator[str]:
    if not pattern:
        return
    try:
        groups = re.compile(pattern).groups
    except (re.error, TypeError, OverflowError, RecursionError) as error:
        yield (
            f"{shown(feature)} has the pattern {pattern!r}, which does not compile ({error}); "
            "write a regular expression as Python's re reads it"
        )
    else:
        if not groups:
            yield (
                f"{shown(feature)} has the pattern {pattern!r} without a group; "
                "put parentheses around the part that is the level"
            )


def _is_within(value: object, low: int, high: int | None) -> bool:
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    return low <= value and (high is None or value <= high)
