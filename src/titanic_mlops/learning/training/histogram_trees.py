"""Boosted trees on binned inputs: for many rows, many inputs, many classes, monotone features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training.lesson import DEFAULT_STEPS, Estimator, Lesson, proven_steps
from titanic_mlops.learning.training.trees import DEPTH, Nodes

PARAMETERS: dict[str, Any] = {
    "max_iter": DEFAULT_STEPS,
    "max_depth": DEPTH,
    "learning_rate": 0.05,
}
KINDS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
MOST_TREES = 1500
PATIENCE = 100
ONE_THREAD = 1
"""Threads of a fit: two on two busy cores wait for each other and take 13 times as much."""
_CLASSES_STEP = 0.1
"""The step for several classes: each takes a tree of its own, so fewer steps must do."""


def fit(lesson: Lesson) -> Estimator:
    """Return the ensemble; its number of trees is found on VALIDATION if that has rows."""
    kind = HistGradientBoostingClassifier if lesson.classes else HistGradientBoostingRegressor
    rows, validation = lesson.training, lesson.validation
    chosen = {**PARAMETERS, "monotonic_cst": lesson.monotone, "random_state": lesson.seed}
    chosen["min_samples_leaf"] = lesson.leaf_rows
    if lesson.n_scores > 1:
        chosen["learning_rate"] = _CLASSES_STEP
        chosen["monotonic_cst"] = None  # it is defined for one score only
    if not len(validation.labels):
        chosen["max_iter"] = lesson.steps
        with threadpool_limits(ONE_THREAD):
            return kind(**chosen, early_stopping=False).fit(rows.inputs, rows.labels)
    chosen |= {"max_iter": MOST_TREES // lesson.n_scores, "n_iter_no_change": PATIENCE, "tol": 0.0}
    estimator = kind(**chosen, early_stopping=True, scoring="loss")
    with threadpool_limits(ONE_THREAD):
        estimator.fit(rows.inputs, rows.labels, X_val=validation.inputs, y_val=validation.labels)
    losses = -estimator.validation_score_[1:]  # the first is that of no tree
    trees = estimator._predictors

    def scores_after(steps: int) -> Floats:
        estimator._predictors = trees[:steps]
        return scores_of(estimator, validation.inputs)

    steps = proven_steps(lesson, losses if lesson.classes else np.sqrt(losses), scores_after)
    estimator._predictors = trees[:steps]
    return estimator


def parameters_of(estimator: Estimator) -> dict[str, Any]:
    """Return what the card says about the fit; `max_iter` counts the steps that were kept."""
    chosen = {"max_iter": len(estimator._predictors)}
    kept = ("learning_rate", "min_samples_leaf")
    return {**PARAMETERS, **chosen, **{name: getattr(estimator, name) for name in kept}}


def steps_of(estimator: Estimator) -> int:
    """Return the number of steps that were kept."""
    return len(estimator._predictors)


def scores_of(estimator: Estimator, inputs: np.ndarray) -> Floats:
    """Return the estimator's own scores, shape (n, K)."""
    scores: Floats = estimator._raw_predict(inputs)
    return scores


def start_of(estimator: Estimator, inputs: np.ndarray) -> tuple[float, ...]:
    """Return the scores (K,) from which the ensemble starts; they are equal for all rows."""
    return tuple(np.ravel(estimator._baseline_prediction).tolist())


def nodes_of(estimator: Estimator) -> Sequence[Nodes]:
    """Return the trees: all classes of the first step, then of the second."""
    stored = [tree.nodes for step in estimator._predictors for tree in step]
    return [
        Nodes(
            left=np.where(nodes["is_leaf"], -1, nodes["left"].astype(np.int64)),
            right=nodes["right"].astype(np.int64),
            feature=nodes["feature_idx"].astype(np.int64),
            threshold=nodes["num_threshold"],
            value=nodes["value"],
        )
        for nodes in stored
    ]
