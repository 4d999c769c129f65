"""LightGBM and CatBoost: tuned on VALIDATION, where they also stop early."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import lightgbm
import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor

from benchmarks.learning.problems.division import Division
from titanic_mlops.learning.encoder import fit_encoder
from titanic_mlops.learning.labels import learned_labels
from titanic_mlops.learning.model import Floats

MOST_ROUNDS = 3000
PATIENCE = 100
STEP = 0.05
LEAVES, LEAF_ROWS = (7, 15, 31), (5, 20)
"""The grid of LightGBM."""
DEPTHS = (4, 6)
"""The grid of CatBoost."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What our encoder makes of a division (n, n_inputs), and the labels (n,) as learned."""

    training: np.ndarray
    training_labels: Floats
    validation: np.ndarray
    validation_labels: Floats
    holdout: np.ndarray


def encoded(division: Division) -> Inputs:
    """Return the inputs that our own trees read."""
    problem = division.problem
    encoder = fit_encoder(problem, division.training)
    return Inputs(
        encoder.encode_all(division.training),
        learned_labels(problem, division.training),
        encoder.encode_all(division.validation),
        learned_labels(problem, division.validation),
        encoder.encode_all(division.holdout),
    )


def lightgbm_forecast(division: Division) -> Floats:
    """Return the forecast of the booster whose loss on VALIDATION is least."""
    data = encoded(division)
    grid = product(LEAVES, LEAF_ROWS)
    fitted = [_lightgbm(division, data, leaves, rows) for leaves, rows in grid]
    best = min(fitted, key=lambda one: next(iter(one.best_score["valid_0"].values())))
    return _in_units(division, np.asarray(best.predict(data.holdout)))


def catboost_forecast(division: Division) -> Floats:
    """Return the forecast of the ensemble whose loss on VALIDATION is least."""
    data = encoded(division)
    fitted = [_catboost(division, data, depth) for depth in DEPTHS]
    best = min(fitted, key=lambda one: next(iter(one.best_score_["validation"].values())))
    if division.problem.classes:
        return np.asarray(best.predict_proba(data.holdout)[:, 1])
    return _in_units(division, np.asarray(best.predict(data.holdout)))


def _lightgbm(division: Division, data: Inputs, leaves: int, rows: int) -> lightgbm.Booster:
    parameters = {
        "objective": "binary" if division.problem.classes else "l2",
        "learning_rate": STEP,
        "num_leaves": leaves,
        "min_data_in_leaf": min(rows, len(data.training) // 5),
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.8,
        "num_threads": 1,
        "seed": division.seed,
        "deterministic": True,
        "verbosity": -1,
    }
    training = lightgbm.Dataset(data.training, data.training_labels)
    validation = lightgbm.Dataset(data.validation, data.validation_labels, reference=training)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    return lightgbm.train(
        parameters, training, MOST_ROUNDS, valid_sets=[validation], callbacks=[stop]
    )


def _catboost(division: Division, data: Inputs, depth: int) -> Any:  # noqa: ANN401 it has no types
    kind = CatBoostClassifier if division.problem.classes else CatBoostRegressor
    model = kind(
        iterations=MOST_ROUNDS,
        depth=depth,
        learning_rate=STEP,
        random_seed=division.seed,
        thread_count=1,
        allow_writing_files=False,
        verbose=False,
    )
    return model.fit(
        data.training,
        data.training_labels,
        eval_set=(data.validation, data.validation_labels),
        early_stopping_rounds=PATIENCE,
    )


def _in_units(division: Division, learned: Floats) -> Floats:
    return np.exp(learned) if division.problem.target_transform else learned
