"""Prediction intervals of a regression, in units of its score: conformal, or jackknife+."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.problems.base import IntervalBy, Record

Floats = NDArray[np.float64]

COVERAGE = 0.9
"""The share of true values that an interval should hold."""
MIN_CLASS_ROWS = 50
"""A class with fewer residuals shares its interval with its smaller neighbour. With 50 the true
coverage of a 90 % interval has a standard deviation of 0.04."""


@dataclass(frozen=True, slots=True)
class Band:
    """An interval of scores, and the share of true values that it is known to hold."""

    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Conformal:
    """Half-widths around the score, from residuals of rows that the model was not fitted on.

    With a `column`, `half` and `level` hold one for each class of its value (below the first of
    `edges`, between two, from the last), then one for records without a value; else they hold one.
    """

    half: tuple[float, ...]
    level: tuple[float, ...]
    column: str = ""
    edges: tuple[float, ...] = ()

    kind: ClassVar[str] = "conformal"

    def __post_init__(self) -> None:
        expected = len(self.edges) + 2 if self.column else 1
        if not len(self.half) == len(self.level) == expected:
            raise ValueError(f"{len(self.half)} half-widths for {expected} classes")
        if not all(half >= 0 and math.isfinite(half) for half in self.half):
            raise ValueError("a half-width is not a finite number")

    def around(self, score: float, record: Record, _inputs: NDArray[np.float32]) -> Band:
        """Return the interval around the score of a record."""
        place = self.class_of(record)
        half = self.half[place]
        return Band(score - half, score + half, self.level[place])

    def class_of(self, record: Record) -> int:
        """Return the number of the record's class."""
        value = record.get(self.column) if self.column else None
        return len(self.half) - 1 if value is None else bisect_right(self.edges, value)


@dataclass(frozen=True, slots=True)
class JackknifePlus:
    """The interval of a linear model on few rows (Barber, Candès, Ramdas and Tibshirani 2021).

    For each of n rows, `weight` (n, n_inputs) and `start` (n,) are the model that was fitted
    without the row's split group, and `residual` (n,) is that model's error on the row.
    """

    weight: tuple[tuple[float, ...], ...]
    start: tuple[float, ...]
    residual: tuple[float, ...]
    level: float

    kind: ClassVar[str] = "jackknife+"

    def __post_init__(self) -> None:
        if not 0 < len(self.weight) == len(self.start) == len(self.residual):
            raise ValueError("the jackknife's models and residuals differ in number")

    def around(self, score: float, _record: Record, inputs: NDArray[np.float32]) -> Band:
        """Return the interval for a record's inputs (n_inputs,); it holds the score."""
        found = np.asarray(self.weight) @ inputs.astype(float) + np.asarray(self.start)
        residual = np.asarray(self.residual)
        rank = _rank(len(residual), self.level)
        low = np.sort(found - residual)[len(residual) - rank]
        high = np.sort(found + residual)[rank - 1]
        return Band(min(float(low), score), max(float(high), score), self.level)


Interval = Conformal | JackknifePlus


def conformal(
    residuals: Floats, by: IntervalBy | None = None, values: Sequence[Any] = ()
) -> Conformal:
    """Return the intervals that absolute residuals (n,) promise (Lei et al. 2018).

    `values` (n,) are those of the column of `by`, None where missing. A class with fewer than
    MIN_CLASS_ROWS residuals shares with its smaller neighbour, until all have as many or one is
    left. With fewer than nine residuals 90 % cannot be promised: `level` says what can.
    """
    half, level = _promised(residuals)
    if by is None:
        return Conformal((half,), (level,))
    classes = np.array([-1 if v is None else bisect_right(by.edges, v) for v in values], dtype=int)
    counts = np.bincount(classes[classes >= 0], minlength=len(by.edges) + 1)
    halves, levels = [half], [level]
    for first, last in reversed(_shared(counts.tolist())):
        inside = residuals[(classes >= first) & (classes < last)]
        own = _promised(inside) if len(inside) >= MIN_CLASS_ROWS else (half, level)
        halves[:0] = [own[0]] * (last - first)
        levels[:0] = [own[1]] * (last - first)
    return Conformal(tuple(halves), tuple(levels), by.column, tuple(map(float, by.edges)))


def promised_level(groups: int) -> float:
    """Return the share that residuals of so many independent groups can promise."""
    return min(COVERAGE, groups / (groups + 1))


def interval_to_json(interval: Interval) -> dict[str, Any]:
    """Return the interval as plain JSON values."""
    return {"kind": interval.kind, **asdict(interval)}


def interval_from_json(stored: Any) -> Interval | None:  # noqa: ANN401 decoded JSON
    """Return the interval that `interval_to_json` wrote; a number is a former half-width.

    Raises:
        ValueError: it has another kind, or its parts do not match.
        TypeError: a part is missing.
    """
    if stored is None:
        return None
    if isinstance(stored, int | float):
        return Conformal((float(stored),), (COVERAGE,))
    parts = {name: _tuples(value) for name, value in stored.items() if name != "kind"}
    for kind in (Conformal, JackknifePlus):
        if kind.kind == stored.get("kind"):
            return kind(**parts)
    raise ValueError(f"the interval is of kind {stored.get('kind')!r}")


def class_names(interval: Interval) -> tuple[str, ...]:
    """Return a name for each class of values, none if there is one interval for all records."""
    if not isinstance(interval, Conformal) or not interval.column:
        return ()
    column, edges = interval.column, [f"{edge:g}" for edge in interval.edges]
    between = [f"{column} from {low} to {high}" for low, high in pairwise(edges)]
    return (f"{column} below {edges[0]}", *between, f"{column} from {edges[-1]}")


def _promised(residuals: Floats) -> tuple[float, float]:
    """Return half-width and level: the conformal quantile, or the largest of too few residuals."""
    level = promised_level(len(residuals))
    if not len(residuals):
        return 0.0, 0.0
    return float(np.sort(residuals)[_rank(len(residuals), level) - 1]), level


def _rank(n: int, level: float) -> int:
    """Return which of n sorted residuals holds a share of `level`, counted from 1."""
    return min(n, math.ceil(round(level * (n + 1), 9)))  # n / (n + 1) · (n + 1) may exceed n


def _shared(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Return runs of classes, each as (first, last + 1), that share an interval."""
    runs = [(place, place + 1) for place in range(len(counts))]
    sizes = list(counts)
    while len(runs) > 1 and min(sizes) < MIN_CLASS_ROWS:
        small = sizes.index(min(sizes))
        around = [place for place in (small - 1, small + 1) if 0 <= place < len(runs)]
        left, right = sorted((small, min(around, key=sizes.__getitem__)))
        runs[left : right + 1] = [(runs[left][0], runs[right][1])]
        sizes[left : right + 1] = [sizes[left] + sizes[right]]
    return runs


def _tuples(value: Any) -> Any:  # noqa: ANN401 decoded JSON
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
