"""Facets: one way of sorting the values of a column into a few frozen bins.

Bin 0 is that of missing values. Python sorts the rows of a training into bins here, and
`counting_sql` those of a window, by the same rules, so a value has the same bin in both.

* `number`: below the first edge, between each two edges, above the last one. The first and the last
  edge are the least and the largest value of the training.
* `date`: the same for dates and times in ISO 8601, as text.
* `length`: the same for the number of characters of a text. Words are not counted: engines disagree
  about what a word is, and a card must not hold words of personal texts.
* `category`: one bin for each group of levels, and a last one, OTHER, for all other levels.
* `flag`: false, true.
* `member`: the set lacks the member, or holds it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.problems.base import Scalar

OTHER = "__other__"
MISSING = 0
Kind = Literal["number", "date", "length", "category", "flag", "member"]
RANGED = ("number", "date", "length")
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Facet:
    """The bins of one column, and how many of a training's rows are in each.

    `edges` are those of a number, date or length; `groups` are the levels of each bin of a
    category, or the one member; `separator` is the set's. Requests may lack an `optional` column.
    """

    name: str
    column: str
    kind: Kind
    counts: tuple[int, ...] = ()
    edges: tuple[float, ...] | tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    separator: str = ""
    optional: bool = False

    @property
    def bins(self) -> int:
        """Return the number of bins."""
        if self.kind in RANGED:
            return len(self.edges) + 2
        return len(self.groups) + 2 if self.kind == "category" else 3

    @property
    def beyond(self) -> list[int]:
        """Return the bins of values that the training had none of."""
        if self.kind in RANGED:
            return [1, self.bins - 1]
        return [self.bins - 1] if self.kind == "category" else []

    def place(self, value: Scalar) -> int:
        """Return the number of the value's bin."""
        if value is None:
            return MISSING
        place: int
        match self.kind:
            case "category":
                found = (n for n, levels in enumerate(self.groups, start=1) if value in levels)
                place = next(found, len(self.groups) + 1)
            case "flag":
                place = 1 + int(bool(value))
            case "member":
                place = 1 + int(self.groups[0][0] in str(value).split(self.separator))
            case "length":
                place = self._between(len(str(value)))
            case "date":
                place = self._between(str(value))
            case _:
                place = self._between(float(value))
        return place

    def _between(self, value: Any) -> int:  # noqa: ANN401 a text beside texts, or a number
        last = self.edges[-1]
        return len(self.edges) + 1 if value > last else 1 + bisect_right(self.edges[:-1], value)

    def tallied(self, values: Sequence[Scalar]) -> Counts:
        """Return how many of the values are in each bin, shape (bins,)."""
        return np.bincount([self.place(one) for one in values], minlength=self.bins)

    def compared(self, counts: Sequence[int] | Counts) -> Counts:
        """Return the counts that drift is measured by.

        What is beyond the edges of the training joins the outermost bin, if there are several.
        Dates are compared by missing, before the training's first day, and from then on: days pass
        without a drift. A source that does not know an optional column sends none, so its missing
        values are no drift.
        """
        found = np.asarray(counts, dtype=np.int64)
        if self.kind == "date":
            found = np.array([found[0], found[1], found[2:].sum()])
        elif self.kind in RANGED and len(self.edges) > len(("least", "largest")):
            low, high = found[1] + found[2], found[-1] + found[-2]
            found = np.array([found[0], low, *found[3:-2], high])
        return found[1:] if self.optional else found

    def to_json(self) -> dict[str, Any]:
        """Return the facet as plain JSON values, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the facet that `to_json` wrote; fields of a newer version are ignored."""
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        tuples: dict[str, Any] = {n: tuple(known[n]) for n in ("counts", "edges") if n in known}
        groups = tuple(map(tuple, known.get("groups", ())))
        return cls(**{**known, **tuples, "groups": groups})
