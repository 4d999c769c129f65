"""Rules that hold across the columns of a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Name a rule across number columns.

    `holds` gets one array of floats for each of `columns`, in their order, and returns an array
    of booleans; it is not asked where one of them is missing. `expected` is the second half of a
    sentence, as in "must agree with x, y and z".
    """

    name: str
    columns: tuple[str, ...]
    holds: Callable[..., object]
    expected: str
