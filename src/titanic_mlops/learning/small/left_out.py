"""Score rows by a linear model whose weights were fitted without their split group."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from titanic_mlops.learning.exams import record_ids
from titanic_mlops.learning.labels import learned_labels
from titanic_mlops.learning.model import Floats, Linear, Model
from titanic_mlops.learning.small.weights import Weights, fit_weights
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TRAIN


@dataclass(frozen=True, slots=True)
class Rows:
    """What weights are fitted on: inputs (n, n_inputs), labels (n,) and the split group of each."""

    inputs: Floats
    labels: Floats
    groups: tuple[Hashable, ...]
    classes: int

    def weights_without(self, group: Hashable) -> Weights:
        """Return the weights that were fitted on the other groups."""
        stays = np.array([other != group for other in self.groups])
        return fit_weights(self.inputs[stays], self.labels[stays], self.classes)


@dataclass(frozen=True)
class LeftOut:
    """A model whose weights are fitted again for each group of the records that it scores.

    `groups` are those of the records that `outputs` is asked for, in their order.
    """

    model: Model
    rows: Rows
    groups: tuple[Hashable, ...]

    @cached_property
    def weights(self) -> tuple[Weights, ...]:
        """Return the weights for each record."""
        fitted = {group: self.rows.weights_without(group) for group in dict.fromkeys(self.groups)}
        return tuple(fitted[group] for group in self.groups)

    def scores(self, records: Sequence[Record]) -> Floats:
        """Return the scores of the records (n,); (n, K) for K classes."""
        inputs = self.model.encoder.encode_all(records).astype(float)
        parts = [one.scores(x) for one, x in zip(self.weights, inputs, strict=True)]
        found = np.stack(parts)
        return found.ravel() if self.model.scorer.n_scores == 1 else found

    def outputs(self, records: Sequence[Record]) -> Floats:
        """Return the scores of the records, in units of the target where they are logarithms."""
        return self.model.in_units(self.scores(records))


def left_out(
    problem: Problem, model: Model, rows: pd.DataFrame, groups: Sequence[Hashable]
) -> LeftOut:
    """Return a linear model of `rows`, to score records of the split groups `groups`."""
    return LeftOut(model, rows_of(problem, model, rows), tuple(groups))


def rows_of(problem: Problem, model: Model, rows: pd.DataFrame) -> Rows:
    """Return labelled rows as the model's encoder reads them."""
    records = as_records(rows)
    return Rows(
        model.encoder.encode_all(records).astype(float),
        learned_labels(problem, records),
        tuple(groups_of_rows(problem, rows)),
        len(problem.classes),
    )


def groups_of_rows(problem: Problem, rows: pd.DataFrame) -> Iterator[Hashable]:
    """Yield the split group of each row: its record, where the problem has no split key."""
    column = problem.split_column
    yield from (rows[column].astype(str) if column else record_ids(problem, rows))


def fitted_on_training(problem: Problem, model: Model, rows: pd.DataFrame) -> Model | None:
    """Return a linear model with weights of the rows in TRAIN alone, None if they are too few."""
    chosen = rows_of(problem, model, rows[rows["split"] == TRAIN])
    if len(set(chosen.labels.tolist())) < max(2, chosen.classes):
        return None
    found = fit_weights(chosen.inputs, chosen.labels, chosen.classes)
    return with_weights(model, found, chosen.inputs)


def with_weights(model: Model, found: Weights, inputs: Floats) -> Model:
    """Return the model with other weights; inputs (n, n_inputs) are those of their rows."""
    mean = inputs.mean(axis=0)
    start = tuple((found.start + found.weight @ mean).tolist())
    scorer = replace(cast("Linear", model.scorer), weight=found.weight, mean=mean)
    return replace(model, scorer=scorer, start=start, baseline=start)


def as_records(rows: pd.DataFrame) -> list[Record]:
    """Return rows as records, with None where a value is missing."""
    values = rows.astype(object)
    return cast("list[Record]", values.where(values.notna(), None).to_dict("records"))
