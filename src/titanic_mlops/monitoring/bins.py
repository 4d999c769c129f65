"""How the values of a column are counted: bins that are drawn once, and never again."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from titanic_mlops.problems.base import Scalar

QUANTILES = 10
MOST_VALUES = 20

Kind = Literal["numbers", "dates", "times", "lengths", "values", "member"]


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of one column, and how many training rows are in each.

    `counts` ends with the missing values. Before them are, by kind:

    * numbers, dates and times, and lengths of texts: below the least that training saw, between
      `edges`, above the greatest;
    * values: one bin each, then all others;
    * member of a set: absent, present.
    """

    name: str
    column: str
    kind: Kind
    edges: tuple[Any, ...] = ()
    values: tuple[Scalar, ...] = ()
    separator: str = ""
    counts: tuple[int, ...] = ()

    @property
    def intervals(self) -> int:
        """Return the number of bins between the edges; a constant column has one."""
        return max(len(self.edges) - 1, 1) if self.edges else 0

    @property
    def size(self) -> int:
        """Return the number of bins."""
        if self.kind == "values":
            return len(self.values) + 2
        return 3 if self.kind == "member" else self.intervals + 3

    @property
    def rows(self) -> int:
        """Return the number of training rows."""
        return sum(self.counts)

    def place_of(self, value: Scalar) -> int:
        """Return the number of the bin of a value, as a record holds it."""
        if value is None:
            return self.size - 1
        if self.kind == "values":
            return self.values.index(value) if value in self.values else len(self.values)
        if self.kind == "member":
            return int(self.values[0] in str(value).split(self.separator))
        return self._place_between(len(str(value)) if self.kind == "lengths" else value)

    def _place_between(self, value: Any) -> int:  # noqa: ANN401 of the type of the edges
        if not self.edges or value < self.edges[0]:
            return 0
        if value > self.edges[-1]:
            return self.intervals + 1
        return min(bisect_right(self.edges, value), self.intervals)

    def counted(self, values: Sequence[Scalar]) -> Self:
        """Return the bins with the counts of these values."""
        found = Counter(map(self.place_of, values))
        return replace(self, counts=tuple(found[place] for place in range(self.size)))


def number_bins(name: str, column: str, values: Sequence[Scalar], kind: Kind = "numbers") -> Bins:
    """Return ten bins of about as many values each, fewer where values are equal.

    Dates and times are ordered as their text in ISO 8601 is.
    """
    known: list[Any] = sorted(
        len(str(one)) if kind == "lengths" else one for one in values if one is not None
    )
    edges: tuple[Any, ...] = ()
    if known:
        inner = {known[len(known) * tenth // QUANTILES] for tenth in range(1, QUANTILES)}
        edges = tuple(sorted({known[0], *inner, known[-1]}))
    return Bins(name, column, kind, edges=edges).counted(values)


def value_bins(name: str, column: str, values: Sequence[Scalar]) -> Bins:
    """Return a bin for each of the most frequent values."""
    found = Counter(one for one in values if one is not None)
    frequent = sorted(found, key=lambda one: (-found[one], str(one)))[:MOST_VALUES]
    return Bins(name, column, "values", values=tuple(frequent)).counted(values)


def member_bins(column: str, values: Sequence[Scalar], separator: str) -> list[Bins]:
    """Return bins for each of the most frequent members of a set: absent, present, missing."""
    sets = [str(one).split(separator) for one in values if one is not None]
    found = Counter(member for one in sets for member in one)
    frequent = sorted(found, key=lambda one: (-found[one], one))[:MOST_VALUES]
    return [
        Bins(
            f"{column}: {member}", column, "member", values=(member,), separator=separator
        ).counted(values)
        for member in frequent
    ]
