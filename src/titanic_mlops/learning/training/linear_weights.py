"""Linear weights on standardised inputs: ridge for a number, logistic regression for classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training.lesson import Estimator, Lesson

KINDS = (Pipeline,)
ALPHAS = tuple(10.0**power for power in range(-3, 4))
"""Ridge penalties; leave-one-out over the training rows chooses one."""
STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Inverse penalties of the logistic regression; VALIDATION chooses one."""
_MOST_STEPS = 1000


def fit(lesson: Lesson) -> Estimator:
    """Return a pipeline of scaler and linear model, fitted on float64 inputs."""
    inputs, labels = lesson.training.inputs.astype(np.float64), lesson.training.labels
    if not lesson.classes:
        return make_pipeline(StandardScaler(), RidgeCV(ALPHAS)).fit(inputs, labels)
    strengths = STRENGTHS if len(lesson.validation.labels) else (1.0,)
    fitted = [
        make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=_MOST_STEPS)).fit(
            inputs, labels
        )
        for c in strengths
    ]
    if len(fitted) == 1:
        return fitted[0]
    return min(fitted, key=lambda one: lesson.loss(scores_of(one, lesson.validation.inputs)))


def parameters_of(estimator: Estimator) -> dict[str, Any]:
    """Return what the card says about the fit: the penalty that was chosen."""
    model = estimator.steps[-1][1]
    return {"alpha": float(model.alpha_)} if hasattr(model, "alpha_") else {"C": model.C}


def steps_of(_estimator: Estimator) -> int:
    """Return 0: weights are not fitted in steps."""
    return 0


def scores_of(estimator: Estimator, inputs: np.ndarray) -> Floats:
    """Return the estimator's own scores, shape (n, K)."""
    verb = getattr(estimator, "decision_function", None) or estimator.predict
    scores: Floats = verb(inputs.astype(np.float64))
    return scores.reshape(len(inputs), -1)


def weights_of(estimator: Estimator) -> tuple[Floats, Floats]:
    """Return the weights (K, n_inputs) and intercepts (K,) on inputs that are not scaled."""
    scaler, model = (step for _, step in estimator.steps)
    weight = np.atleast_2d(model.coef_) / scaler.scale_
    return weight, np.ravel(model.intercept_) - weight @ scaler.mean_
