"""Whether a feature can read its column; each fault is "what was found; what would be right"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from titanic_mlops.problems.base.columns import Column
from titanic_mlops.problems.base.features import (
    PARTS,
    DateParts,
    Feature,
    Members,
    Numeric,
    OneHot,
    Ordered,
    Words,
)

_READS: dict[type[Feature], str] = {
    Numeric: "numbers",
    Ordered: "categories",
    OneHot: "text",
    Members: "a set",
    Words: "text",
    DateParts: "a date",
}


def shown(feature: Feature) -> str:
    """Return the words that name a feature in a sentence."""
    return f"the feature {type(feature).__name__}({feature.column!r})"


def type_faults(feature: Feature, column: Column) -> Iterator[str]:
    """Yield that the feature reads another type than its column has."""
    fits = {
        Numeric: column.is_number or column.type is bool,
        Ordered: column.type is str and bool(column.categories),
        OneHot: column.type is str,
        Members: column.is_set,
        Words: column.type is str and not column.categories,
        DateParts: column.type in (date, datetime),
    }
    if not fits[type(feature)]:
        wanted, found = _READS[type(feature)], _kind(column)
        right = " or ".join(f"{kind.__name__}({column.name!r})" for kind in _readers(column))
        yield f"{shown(feature)} reads {found}, not {wanted}; write {right}"


def setting_faults(feature: Feature) -> Iterator[str]:
    """Yield what is wrong with the numbers and the pattern of a feature."""
    match feature:
        case OneHot(pattern=pattern, min_count=min_count):
            yield from _pattern_faults(feature, pattern)
            yield from _count_faults(feature, "min_count", min_count)
        case Members(min_count=min_count):
            yield from _count_faults(feature, "min_count", min_count)
        case Words(min_count=min_count, most=most):
            yield from _count_faults(feature, "min_count", min_count)
            yield from _count_faults(feature, "most", most)
        case DateParts(parts=parts, since=since):
            yield from _part_faults(feature, parts, since)
        case Numeric(monotone=monotone) | Ordered(monotone=monotone):
            if monotone not in (-1, 0, 1):
                yield (
                    f"{shown(feature)} has monotone={monotone!r}; write 1 if the score never "
                    "falls as the value grows, -1 if it never rises"
                )


def _readers(column: Column) -> list[type[Feature]]:
    """Return the features that can read a column."""
    if column.is_set:
        return [Members]
    if column.type in (date, datetime):
        return [DateParts]
    if column.type is not str:
        return [Numeric]
    return [OneHot, Ordered] if column.categories else [OneHot, Words]


def _kind(column: Column) -> str:
    if column.is_set:
        return "a set"
    if column.type in (date, datetime):
        return "a date"
    if column.type is bool:
        return "a boolean"
    if column.type is not str:
        return "a number"
    return "categories" if column.categories else "text"


def _count_faults(feature: Feature, name: str, value: object) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        yield f"{shown(feature)} has the {name} {value!r}; it must be a whole number of at least 1"


def _part_faults(feature: DateParts, parts: object, since: object) -> Iterator[str]:
    if not isinstance(parts, tuple) or not parts or not set(parts) <= set(PARTS):
        yield f"{shown(feature)} has the parts {parts!r}; write some of {', '.join(PARTS)}"
    elif "days" in parts and type(since) is not date:
        yield (
            f"{shown(feature)} counts days but has since={since!r}; declare the first day, as in "
            "since=date(2020, 1, 1)"
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
