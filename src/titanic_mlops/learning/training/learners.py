"""Which way of fitting a snapshot gets, and what was chosen, for the card."""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy as np

from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training import exact_trees, histogram_trees, linear_weights
from titanic_mlops.learning.training.lesson import Estimator, Lesson
from titanic_mlops.problems.base import Problem

MOST_EXACT_ROWS = 50_000
MOST_EXACT_VALUES = 500_000
"""Rows times inputs times scores. Measured: 980,000 (4,900 rows, 40 inputs, 5 classes) take exact
trees 26 CPU seconds; ten classes of the same take histograms 6, and 400 inputs 12."""
MOST_EXACT_CLASSES = 5
MOST_EXACT_VALUES_OF_FOLDS = 20_000
"""As above, where several folds are fitted to measure residuals."""


class Learner(Protocol):
    """The verbs that every way of fitting has."""

    KINDS: tuple[type[Estimator], ...]

    def fit(self, lesson: Lesson) -> Estimator:
        """Return the fitted estimator."""

    def scores_of(self, estimator: Estimator, inputs: np.ndarray) -> Floats:
        """Return the estimator's own scores, shape (n, K)."""

    def steps_of(self, estimator: Estimator) -> int:
        """Return the number of steps that were kept."""

    def parameters_of(self, estimator: Estimator) -> dict[str, Any]:
        """Return what the card says about the fit."""


LEARNERS = tuple(
    cast("Learner", module) for module in (exact_trees, histogram_trees, linear_weights)
)


def learner_for(problem: Problem, lesson: Lesson) -> Learner:
    """Return the way to fit: exact trees unless rows, inputs, classes or the family forbid it."""
    exact, histogram, linear = LEARNERS
    if problem.family == "linear":
        return linear
    rows, inputs = lesson.training.inputs.shape
    beyond = (
        rows > MOST_EXACT_ROWS
        or rows * inputs * lesson.n_scores > MOST_EXACT_VALUES
        or lesson.classes > MOST_EXACT_CLASSES
        or any(lesson.monotone)  # scikit-learn's exact trees know no such constraint
    )
    return histogram if beyond else exact


def learner_of(estimator: Estimator) -> Learner:
    """Return the way in which an estimator was fitted."""
    return next(learner for learner in LEARNERS if isinstance(estimator, learner.KINDS))


def learner_of_folds(like: Estimator, lesson: Lesson) -> Learner:
    """Return the way to fit one of several folds: that of `like`, or with histograms, if large."""
    exact, histogram, _ = LEARNERS
    learner = learner_of(like)
    large = lesson.training.inputs.size > MOST_EXACT_VALUES_OF_FOLDS
    return histogram if large and learner is exact else learner
