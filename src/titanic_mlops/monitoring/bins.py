"""Choose the bins of a column from the values of a training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

import numpy as np

from titanic_mlops.monitoring.facets import Facet, Kind
from titanic_mlops.problems.base import Column, OneHot, Ordered, Problem, Scalar

QUANTILES = 10
LEAST_SHARE = 0.05
"""Of the rows in a bin: nearly empty bins make a statistic of counts jump."""
MAX_GROUPS, MAX_LEVELS, MAX_MEMBERS = 15, 50, 15
"""A facet has at most 17 bins, a set at most 45 in all; levels beyond the 50 most frequent are
other levels."""


def facets_of(problem: Problem, column: Column, values: Sequence[Scalar]) -> Iterator[Facet]:
    """Yield the facets of a feature column, with the counts of these values."""
    present = [value for value in values if value is not None]
    for facet in _facets(problem, column, present):
        optional = column.name in problem.optional_columns
        whole = replace(facet, optional=optional)
        yield replace(whole, counts=tuple(whole.tallied(values).tolist()))


def ranged(name: str, column: str, kind: Kind, present: Sequence[Scalar]) -> Facet:
    """Return a facet with bins between quantiles, without counts.

    Of at most QUANTILES distinct values each begins a bin. A bin of fewer than LEAST_SHARE of the
    rows joins the one before.
    """
    if not present:
        return Facet(name, column, "category")
    found = np.sort(np.array(present))  # of numbers, or of texts in ISO 8601
    distinct = np.unique(found)
    places = np.arange(1, QUANTILES) * len(found) // QUANTILES
    starts = distinct[1:] if len(distinct) <= QUANTILES else np.unique(found[places])
    below = np.searchsorted(found, starts)
    inner, taken, least = [], 0, LEAST_SHARE * len(found)
    for start, before in zip(starts.tolist(), below.tolist(), strict=True):
        if before - taken >= least and len(found) - before >= least:
            inner.append(start)
            taken = before
    return Facet(name, column, kind, edges=(found[0].item(), *inner, found[-1].item()))


def _facets(problem: Problem, column: Column, present: Sequence[Scalar]) -> Iterator[Facet]:
    name = column.name
    if column.is_set:
        yield from _members(column, [str(value) for value in present])
    elif column.personal and (column.is_number or column.type in (date, datetime)):
        yield Facet(name, name, "category")  # edges are values of single people
    elif column.type is bool:
        yield Facet(name, name, "flag")
    elif column.is_number:
        yield ranged(name, name, "number", [float(value) for value in present if value is not None])
    elif column.type in (date, datetime):
        yield ranged(name, name, "date", present)
    elif column.categories or _has_levels(problem, column):
        ordered = any(isinstance(f, Ordered) and f.column == name for f in problem.features)
        yield categories(name, name, Counter(map(str, present)), column.categories * ordered)
    else:
        yield ranged(name, name, "length", [len(str(value)) for value in present])


def _has_levels(problem: Problem, column: Column) -> bool:
    """Return whether the model reads whole texts as levels, which may stand on a card."""
    read = (f for f in problem.features if isinstance(f, OneHot) and f.column == column.name)
    return not column.personal and any(not feature.pattern for feature in read)


def categories(name: str, column: str, counts: Counter[str], order: Sequence[str] = ()) -> Facet:
    """Return a facet of levels, without counts.

    Each frequent level has a bin; rare ones share one. With an `order`, neighbours share bins of
    LEAST_SHARE of the rows or more, MAX_GROUPS of them.
    """
    seen = sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:MAX_LEVELS]
    least = LEAST_SHARE * counts.total()
    if order:
        groups = _neighbours([level for level in order if counts[level]], counts, least)
    else:
        frequent = [level for level in seen if counts[level] >= least][: MAX_GROUPS - 1]
        rare = tuple(level for level in seen if level not in frequent)
        groups = [*((level,) for level in frequent), *filter(None, [rare])]
    return Facet(name, column, "category", groups=tuple(groups))


def _neighbours(levels: Sequence[str], counts: Counter[str], least: float) -> list[tuple[str, ...]]:
    groups: list[tuple[str, ...]] = []
    least = max(least, counts.total() / MAX_GROUPS * (len(levels) > MAX_GROUPS))
    for level in levels:
        if groups and min(sum(counts[one] for one in groups[-1]), counts[level]) < least:
            groups[-1] += (level,)
        else:
            groups.append((level,))
    return groups


def _members(column: Column, texts: Sequence[str]) -> Iterator[Facet]:
    counts = Counter(member for text in texts for member in text.split(column.separator))
    found = sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:MAX_MEMBERS]
    frequent = [member for member in found if counts[member] >= LEAST_SHARE * len(texts)]
    if column.personal or not frequent:
        yield Facet(column.name, column.name, "category")
        return
    for member in frequent:
        yield Facet(
            f"{column.name}={member}",
            column.name,
            "member",
            groups=((member,),),
            separator=column.separator,
        )
