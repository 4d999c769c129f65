"""Bounds of a number, from the smallest and the largest one, with head-room."""

from __future__ import annotations

import math

from titanic_mlops.draft.facts import ColumnFacts

HEAD_ROOM = 0.5
"""Future values may lie beyond the known ones by this share of their span."""
_DIGITS = 2


def bounds_of(facts: ColumnFacts) -> tuple[float, float]:
    """Return round bounds of a column's numbers; what is counted from 1 begins there."""
    lowest, highest = with_head_room(facts.low, facts.high)
    if not facts.is_whole:
        return lowest, highest
    return 1 if facts.low == 1 else math.floor(lowest), math.ceil(highest)


def with_head_room(low: float, high: float) -> tuple[float, float]:
    """Return round bounds around all values; what was never negative stays so."""
    room = HEAD_ROOM * (high - low or abs(high) or 1)
    lower, upper = low - room, high + room
    lower = 0.0 if low >= 0 >= lower else round_down(lower)
    upper = 0.0 if high <= 0 <= upper else round_up(upper)
    return lower, upper


def round_up(number: float, digits: int = _DIGITS) -> float:
    """Return the next larger number of so many significant digits."""
    return -round_down(-number, digits)


def round_down(number: float, digits: int = _DIGITS) -> float:
    """Return the next smaller number of so many significant digits."""
    if not number:
        return 0.0
    places = digits - 1 - math.floor(math.log10(abs(number)))
    factor = 10.0 ** abs(places)
    if places < 0:
        return math.floor(number / factor) * factor
    # 15 digits: 0.28 * 100 is 28.000000000000004
    return math.floor(float(f"{number * factor:.15g}")) / factor
