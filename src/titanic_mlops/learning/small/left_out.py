"""Score rows by a linear model whose weights were fitted without their split group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from titanic_mlops.learning.exams import record_ids
from titanic_mlops.learning.labels import learned_labels
from titanic_mlops.learning.model import Floats, Linear, Model
from titanic_mlops.learning.small.weights import Weights, fit_weights
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TRAIN

_TWO = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose a row is: the id of its record, and the split group, which may change with a file."""

    record: str
    group: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What weights are fitted on: inputs (n, n_inputs), labels (n,), and whose they are."""

    inputs: Floats
    labels: Floats
    origins: tuple[Origin, ...]
    classes: int

    def weights_of(self, stays: NDArray[np.bool_]) -> Weights:
        """Return the weights that were fitted on some rows, a mask (n,)."""
        return fit_weights(self.inputs[stays], self.labels[stays], self.classes)

    def others(self, origin: Origin) -> NDArray[np.bool_]:
        """Return which rows (n,) are of another split group, and of another record."""
        return np.array(
            [one.group != origin.group and one.record != origin.record for one in self.origins]
        )


@dataclass(frozen=True)
class LeftOut:
    """A linear model whose weights are fitted again for the records that it scores.

    `origins` are those of the records that it is asked for, in their order: the weights for a
    record come from `rows` of other records in other split groups.
    """

    model: Model
    rows: Rows
    origins: tuple[Origin, ...]

    @cached_property
    def weights(self) -> tuple[Weights, ...]:
        """Return the weights for each record."""
        masks = [self.rows.others(origin) for origin in self.origins]
        fitted = {mask.tobytes(): mask for mask in masks}
        found = {name: self.rows.weights_of(mask) for name, mask in fitted.items()}
        return tuple(found[mask.tobytes()] for mask in masks)

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
    problem: Problem, model: Model, rows: pd.DataFrame, origins: Sequence[Origin]
) -> LeftOut:
    """Return a linear model of `rows`, to score the records of `origins`."""
    return LeftOut(model, rows_of(problem, model, rows), tuple(origins))


def rows_of(problem: Problem, model: Model, rows: pd.DataFrame) -> Rows:
    """Return labelled rows as the model's encoder reads them."""
    records = as_records(rows)
    return Rows(
        model.encoder.encode_all(records).astype(float),
        learned_labels(problem, records),
        origins_of(problem, rows),
        len(problem.classes),
    )


def origins_of(problem: Problem, rows: pd.DataFrame) -> tuple[Origin, ...]:
    """Return whose each row is; without a split key its record is a group by itself."""
    records = [str(one) for one in record_ids(problem, rows)]
    groups = rows[problem.split_column].astype(str) if problem.split_column else records
    return tuple(map(Origin, records, groups))


def fitted_on_training(problem: Problem, model: Model, rows: pd.DataFrame) -> Model | None:
    """Return a linear model with weights of the rows in TRAIN alone, None if they are too few."""
    chosen = rows_of(problem, model, rows[rows["split"] == TRAIN])
    if len(set(chosen.labels.tolist())) < max(_TWO, chosen.classes):
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
