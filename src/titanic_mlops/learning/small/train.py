"""Train a linear model on all rows of a small table, with its interval."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.encoder import fit_encoder
from titanic_mlops.learning.intervals import JackknifePlus, promised_level
from titanic_mlops.learning.model import JUDGED, Linear, Model
from titanic_mlops.learning.players import players_of_inputs
from titanic_mlops.learning.small.left_out import (
    LeftOut,
    Rows,
    as_records,
    origins_of,
    rows_of,
    with_weights,
)
from titanic_mlops.learning.small.weights import fit_weights
from titanic_mlops.problems.base import Problem, Record

MIN_ROWS, MAX_ROWS = 10, 200
MIN_PER_CLASS = 10
MIN_GROUPS = 3
_BINARY = 2


def is_small(rows: pd.DataFrame) -> bool:
    """Return whether so many labelled rows are judged by leaving out."""
    return len(rows) <= MAX_ROWS


def train_small(problem: Problem, rows: pd.DataFrame) -> Model:
    """Return the linear model of all rows; the same rows give the same model, byte for byte.

    Raises:
        TrainingRefused: too few rows, or of a class, or in too few split groups.
    """
    refuse_small(problem, rows)
    records = as_records(rows)
    model = _untrained(problem, records)
    chosen = rows_of(problem, model, rows)
    found = fit_weights(chosen.inputs, chosen.labels, chosen.classes)
    model = with_weights(model, found, chosen.inputs)
    model = replace(model, fitting=parameters_of_small(problem, rows))
    if not problem.classes:
        model = replace(model, interval=_interval(model, chosen, records))
    return model


def refuse_small(problem: Problem, rows: pd.DataFrame) -> None:
    """Refuse rows that cannot be learned from and judged by leaving out.

    Raises:
        TrainingRefused: naming what is too few.
    """
    found, target = f"{problem.name}: the snapshot", problem.target
    if len(rows) < MIN_ROWS:
        raise TrainingRefused(
            f"{found} has {len(rows)} labelled rows; at least {MIN_ROWS} are needed."
        )
    groups = [origin.group for origin in origins_of(problem, rows)]
    counts, held = Counter(rows[target]), Counter(dict.fromkeys(problem.classes, 0))
    held.update(label for label, _ in set(zip(rows[target], groups, strict=True)))
    for label in problem.classes:
        if counts[label] < MIN_PER_CLASS:
            raise TrainingRefused(
                f"{found} has {counts[label]} rows with {target} {label}; at least "
                f"{MIN_PER_CLASS} are needed."
            )
        if held[label] < _BINARY:
            raise TrainingRefused(
                f"{found} has {target} {label} in one value of {problem.split_column} only; at "
                "least two are needed, as each is left out once."
            )
    if len(set(groups)) < MIN_GROUPS:
        raise TrainingRefused(
            f"{found} has {len(set(groups))} values of {problem.split_column}; at least "
            f"{MIN_GROUPS} are needed, as each is left out once."
        )
    if not problem.classes and len(counts) == 1:
        raise TrainingRefused(
            f"{problem.name}: {target} has only one value; at least two are needed."
        )


def parameters_of_small(problem: Problem, rows: pd.DataFrame) -> dict[str, Any]:
    """Return what a card says about how the model was fitted and judged."""
    estimator = "logistic regression" if problem.classes else "least squares"
    groups = len({origin.group for origin in origins_of(problem, rows)})
    judged = f"each of {groups} split groups left out once; no holdout"
    told = {"family": "linear", "estimator": estimator, JUDGED: judged}
    return told if problem.classes else {**told, "interval": JackknifePlus.kind}


def _untrained(problem: Problem, records: list[Record]) -> Model:
    encoder = fit_encoder(problem, records)
    players, player = players_of_inputs(problem, encoder)
    n_scores = len(problem.classes) if len(problem.classes) > _BINARY else 1
    n_inputs = len(player)
    none = (0.0,) * n_scores
    weight, mean = np.zeros((n_scores, n_inputs)), np.zeros(n_inputs)
    return Model(
        problem=problem.name,
        task=problem.task,
        encoder=encoder,
        players=players,
        scorer=Linear(weight, mean, player, n_scores, len(players)),
        start=none,
        baseline=none,
        classes=problem.classes,
        transform=problem.target_transform,
    )


def _interval(model: Model, rows: Rows, records: list[Record]) -> JackknifePlus:
    """Return the jackknife+ interval, each row's model without its whole group."""
    outside = LeftOut(model, rows, rows.origins)
    residuals = np.abs(rows.labels - outside.scores(records))
    weights = outside.weights
    return JackknifePlus(
        weight=tuple(tuple(one.weight[0].tolist()) for one in weights),
        start=tuple(float(one.start[0]) for one in weights),
        residual=tuple(residuals.tolist()),
        level=promised_level(len({origin.group for origin in rows.origins})),
    )
