"""Boosted trees that try every threshold, on random halves of the rows: for small snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training.lesson import DEFAULT_STEPS, Estimator, Lesson, proven_steps
from titanic_mlops.learning.training.trees import DEPTH, Nodes

PARAMETERS: dict[str, Any] = {
    "n_estimators": DEFAULT_STEPS,
    "max_depth": DEPTH,
    "learning_rate": 0.05,
    "subsample": 0.5,
}
"""Chosen on other splits than the reported ones; neighbouring values differ within the noise."""
KINDS = (GradientBoostingClassifier, GradientBoostingRegressor)
MOST_TREES = 1500
PATIENCE = 100
"""Steps without a better loss after which no more are tried."""


def fit(lesson: Lesson) -> Estimator:
    """Return the ensemble; its number of trees is found on VALIDATION if that has rows."""
    kind = GradientBoostingClassifier if lesson.classes else GradientBoostingRegressor
    rows = lesson.training
    given = {**PARAMETERS, "min_samples_leaf": lesson.leaf_rows, "random_state": lesson.seed}
    if not len(lesson.validation.labels):
        return kind(**{**given, "n_estimators": lesson.steps}).fit(rows.inputs, rows.labels)
    estimator = kind(**{**given, "n_estimators": MOST_TREES // lesson.n_scores})
    watch = _Watch(lesson)
    estimator.fit(rows.inputs, rows.labels, monitor=watch)
    trees = estimator.estimators_

    def scores_after(steps: int) -> Floats:
        estimator.estimators_ = trees[:steps]
        return scores_of(estimator, lesson.validation.inputs)

    estimator.estimators_ = trees[: proven_steps(lesson, watch.losses, scores_after)]
    return estimator


def parameters_of(estimator: Estimator) -> dict[str, Any]:
    """Return what the card says about the fit; `n_estimators` counts the steps that were kept."""
    chosen = {"n_estimators": len(estimator.estimators_)}
    return {**PARAMETERS, **chosen, "min_samples_leaf": estimator.min_samples_leaf}


def steps_of(estimator: Estimator) -> int:
    """Return the number of steps that were kept."""
    return len(estimator.estimators_)


def scores_of(estimator: Estimator, inputs: np.ndarray) -> Floats:
    """Return the estimator's own scores, shape (n, K)."""
    scores: Floats = estimator._raw_predict(inputs)
    return scores


def start_of(estimator: Estimator, inputs: np.ndarray) -> tuple[float, ...]:
    """Return the scores (K,) from which the ensemble starts; they are equal for all rows."""
    return tuple(estimator._raw_predict_init(inputs[:1])[0].tolist())


def nodes_of(estimator: Estimator) -> Sequence[Nodes]:
    """Return the trees: all classes of the first step, then of the second."""
    step = estimator.learning_rate
    return [
        Nodes(t.children_left, t.children_right, t.feature, t.threshold, step * t.value[:, 0, 0])
        for t in (tree.tree_ for tree in estimator.estimators_.ravel())
    ]


class _Watch:
    """Measure the loss on VALIDATION after every step; stop when it has long been no better."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._scores: Floats | None = None
        self.losses: list[float] = []

    def __call__(self, step: int, estimator: Estimator, _: dict[str, Any]) -> bool:
        inputs = self._lesson.validation.inputs
        if self._scores is None:
            self._scores = np.array(estimator._raw_predict_init(inputs))
        for number, tree in enumerate(estimator.estimators_[step]):
            self._scores[:, number] += estimator.learning_rate * tree.tree_.predict(inputs)[:, 0]
        self.losses.append(self._lesson.loss(self._scores))
        tried = len(self.losses)
        return tried >= DEFAULT_STEPS and tried - int(np.argmin(self.losses)) > PATIENCE
