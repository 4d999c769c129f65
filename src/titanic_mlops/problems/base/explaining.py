"""How an answer is explained: columns that are one cause, and how wide an interval is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Explain several columns as one: its contribution is the Shapley value of the group."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IntervalBy:
    """Measure intervals separately within classes of a number: below, between, from the edges."""

    column: str
    edges: tuple[float, ...]
