"""Fit linear weights on few rows: least squares, ridge where inputs are many, logistic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from titanic_mlops.learning.model import Floats

ROWS_PER_INPUT = 10
"""From so many rows on, least squares needs no penalty."""
PENALTIES = 10.0 ** np.arange(-3, 4)
"""Of a ridge on standardised inputs; the exact leave-one-out error chooses one."""
_TINY = 1e-10
_BINARY = 2


@dataclass(frozen=True, slots=True)
class Weights:
    """Scores are weight (K, n_inputs) · inputs + start (K,)."""

    weight: Floats
    start: Floats

    def scores(self, inputs: Floats) -> Floats:
        """Return the scores of inputs (n, n_inputs), shape (n, K)."""
        found: Floats = inputs @ self.weight.T + self.start
        return found


def fit_weights(inputs: Floats, labels: Floats, classes: int) -> Weights:
    """Fit labels (n,) on inputs (n, n_inputs): a number if `classes` is 0, else class numbers.

    Inputs are standardised; one that never varies gets no weight.
    """
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    varies = spread > _TINY * np.maximum(1, np.abs(mean))
    standard = (inputs[:, varies] - mean[varies]) / spread[varies]
    if not classes:
        found, start = _least_squares(standard, labels)
    elif varies.any():
        model = LogisticRegression(max_iter=1000).fit(standard, labels)
        found, start = model.coef_, model.intercept_
    else:
        found, start = np.empty((1, 0)), _log_priors(labels, classes)
    weight = np.zeros((len(start), inputs.shape[1]))
    weight[:, varies] = found / spread[varies]
    return Weights(weight, start - weight @ mean)


def _least_squares(inputs: Floats, labels: Floats) -> tuple[Floats, Floats]:
    """Return weights (1, n_inputs) and start (1,) on inputs (n, n_inputs) of mean 0."""
    n, mean = len(labels), labels.mean(keepdims=True)
    left, sizes, right = np.linalg.svd(inputs, full_matrices=False)
    known = sizes > _TINY * max(1.0, float(sizes.max(initial=0.0)))
    left, sizes, right = left[:, known], sizes[known], right[known]
    projected = left.T @ (labels - mean)
    shrinkage = np.ones(len(sizes))
    if n < ROWS_PER_INPUT * len(sizes):
        tried = [sizes**2 / (sizes**2 + penalty) for penalty in PENALTIES]
        shrinkage = min(tried, key=lambda one: _outside_error(left, one, projected, labels - mean))
    return ((shrinkage / sizes * projected) @ right)[None, :], mean


def _outside_error(left: Floats, shrinkage: Floats, projected: Floats, labels: Floats) -> float:
    """Return the squared error of each row left out, which a linear smoother knows exactly."""
    leverage = (left**2 @ shrinkage) + 1 / len(labels)
    residuals = (labels - left @ (shrinkage * projected)) / np.maximum(1 - leverage, _TINY)
    return float((residuals**2).mean())


def _log_priors(labels: Floats, classes: int) -> Floats:
    counts: NDArray[np.int64] = np.bincount(labels.astype(int), minlength=classes)
    logs = np.log(np.maximum(counts, 1))
    return logs[1:] - logs[:1] if classes == _BINARY else logs
