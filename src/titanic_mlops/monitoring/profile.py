"""The profile of a version: how the rows that it learned from, and its scores, are spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Self

from titanic_mlops.monitoring.bins import Bins, Kind, member_bins, number_bins, value_bins
from titanic_mlops.problems.base import Column, OneHot, Problem, Record, Scalar

SCORE = "score"
"""Names the bins of the answers: the probability of two classes, the class, or the number."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Bins of the columns that a model reads, and of what it answers.

    A profile has at most 20 bins of values or members a column and 12 of numbers, so that the
    card of a model of 50 columns keeps some 30 KB of it.
    """

    columns: tuple[Bins, ...]
    score: Bins

    @property
    def all_bins(self) -> tuple[Bins, ...]:
        """Return the bins of every column, then those of the answers."""
        return (*self.columns, self.score)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"columns": [_written(one) for one in self.columns], "score": _written(self.score)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the profile that `to_json` wrote."""
        return cls(tuple(map(_read, stored["columns"])), _read(stored["score"]))


def profile_of(problem: Problem, rows: Sequence[Record], answers: Sequence[Scalar]) -> Profile:
    """Return the profile of training rows and of the answers to rows that were not trained on.

    `answers` are what `predictions_data` keeps: the probabilities of two classes, one of several
    classes, or numbers.
    """
    columns = [
        bins
        for column in (problem.by_name[name] for name in problem.feature_columns)
        for bins in _bins_of(problem, column, [row.get(column.name) for row in rows])
    ]
    if len(problem.classes) > 2:  # noqa: PLR2004 several have no single probability
        score = value_bins(SCORE, "prediction", answers)
    else:
        score = number_bins(SCORE, "probability" if problem.classes else "prediction", answers)
    return Profile(tuple(columns), score)


def _bins_of(problem: Problem, column: Column, values: Sequence[Scalar]) -> Iterator[Bins]:
    if column.is_set:
        yield from member_bins(column.name, values, column.separator)
    elif column.categories or column.type is bool or _by_level(problem, column):
        yield value_bins(column.name, column.name, values)
    elif column.type is str:  # of free text, words are too rare to be counted one by one
        yield number_bins(column.name, column.name, values, "lengths")
    else:
        kinds: dict[type, Kind] = {date: "dates", datetime: "times"}
        yield number_bins(column.name, column.name, values, kinds.get(column.type, "numbers"))


def _by_level(problem: Problem, column: Column) -> bool:
    """Return whether the model reads the values of the column themselves as levels."""
    return any(
        isinstance(feature, OneHot) and feature.column == column.name and not feature.pattern
        for feature in problem.features
    )


def _written(bins: Bins) -> dict[str, Any]:
    return {name: value for name, value in asdict(bins).items() if value not in ("", ())}


def _read(stored: Mapping[str, Any]) -> Bins:
    lists = {name: tuple(value) for name, value in stored.items() if isinstance(value, list)}
    return Bins(**{**stored, **lists})
