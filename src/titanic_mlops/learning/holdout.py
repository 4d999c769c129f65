"""The frozen holdout, scored in two views: whole, and without the optional columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from titanic_mlops.learning.labels import labels_of
from titanic_mlops.learning.model import Floats
from titanic_mlops.problems.base import Column, Problem, Record, Scalar

MIN_SLICE_ROWS = 30
SEED = 20120415
"""Of the bootstrap: the same holdout and models give the same verdict."""


@dataclass(frozen=True, slots=True)
class View:
    """The holdout in one form, scored: labels have the shape (n_rows,), and so have scores.

    With several classes, scores are (n_rows, K); those of a regression are in units of its target.

    `label` says in words what is left out. `slices` are pairs of a name and a row mask (n_rows,),
    of 30 rows or more.
    """

    name: str
    label: str
    labels: Floats
    challenger: Floats
    champion: Floats | None
    slices: tuple[tuple[str, np.ndarray], ...]


class Scorer(Protocol):
    """What answers records: a model, or one that is fitted again for each of them."""

    def outputs(self, records: Sequence[Record], /) -> Floats:
        """Return the answers (n_records,), or (n_records, K) for several classes."""


def views(
    problem: Problem, challenger: Scorer, champion: Scorer | None, holdout: Sequence[Record]
) -> tuple[View, ...]:
    """Score both models on the holdout, whole and reduced."""
    labels = labels_of(problem, holdout)
    slices = tuple(_slices(problem, holdout))
    forms = [("whole", "", list(holdout))]
    if set(problem.optional_columns) & set(problem.feature_columns):
        absent = " without " + _listed(problem.optional_columns)
        forms.append(("reduced", absent, [problem.without_optional(r) for r in holdout]))
    return tuple(
        View(
            name,
            label,
            labels,
            challenger.outputs(records),
            champion.outputs(records) if champion else None,
            slices,
        )
        for name, label, records in forms
    )


def edge_records(problem: Problem) -> list[Record]:
    """Return three valid records: required columns only, every lowest value, every highest."""
    lowest = {column.name: _edge(column, 0) for column in problem.inputs}
    highest = {column.name: _edge(column, 1) for column in problem.inputs}
    emptiest = {name: value for name, value in lowest.items() if name in problem.required_names}
    return [emptiest, lowest, highest]


def _edge(column: Column, end: int) -> Scalar:
    if column.categories:
        return column.categories[-end]
    if column.type is str or column.is_set:
        return "x" * column.max_length * end
    if column.type is bool:
        return bool(end)
    if not column.is_number:
        return (date.min, date.max)[end].isoformat()
    return column.bounds[end]


def _slices(problem: Problem, holdout: Sequence[Record]) -> Iterator[tuple[str, np.ndarray]]:
    for column in problem.slices:
        values = np.array([str(record.get(column)) for record in holdout])
        for value in np.unique(values):
            mask = values == value
            if mask.sum() >= MIN_SLICE_ROWS:
                yield f"{column}={value}", mask


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
