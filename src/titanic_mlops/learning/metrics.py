"""Metrics of scores against labels: scikit-learn's, and the few that it lacks."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, roc_auc_score

from titanic_mlops.learning.model import Floats

DRAWS = 1000
_CHUNK = 100
_LEAST_ERROR = 1e-150  # a lower bound of the champion's error, so that no ratio overflows


def classification_metrics(labels: Floats, scores: Floats) -> dict[str, float]:
    """Return the figures of log-odds `scores` against 0/1 `labels`."""
    probabilities = sigmoid(scores)
    return {
        "auc": float(roc_auc_score(labels, scores)),
        "accuracy": float(accuracy_score(labels, scores > 0)),
        "log_loss": mean_log_loss(labels, scores),
        "calibration_error": calibration_error(labels, probabilities),
        "majority": float(max(labels.mean(), 1 - labels.mean())),
    }


def regression_metrics(labels: Floats, values: Floats, median: float) -> dict[str, float]:
    """Return the figures of predicted `values`, and of always answering `median`."""
    return {
        "mae": float(mean_absolute_error(labels, values)),
        "median_mae": float(np.abs(labels - median).mean()),
    }


def mean_log_loss(labels: Floats, scores: Floats) -> float:
    """Return the log-loss of log-odds `scores`; defined for rows of one class too."""
    return float(log_loss(labels, sigmoid(scores), labels=[0, 1]))


def log_losses(labels: Floats, scores: Floats) -> Floats:
    """Return the log-loss of each row for log-odds `scores`."""
    losses: Floats = np.logaddexp(0, scores) - labels * scores
    return losses


def standard_error(differences: Floats) -> float:
    """Return the standard error of the mean of paired differences; infinite for one row."""
    if len(differences) < 2:  # noqa: PLR2004 no spread
        return float("inf")
    return float(differences.std(ddof=1) / np.sqrt(len(differences)))


def sigmoid(scores: Floats) -> Floats:
    """Return the probability of class 1 for log-odds, without overflow."""
    exponential = np.exp(-np.abs(scores))
    probabilities: Floats = np.where(scores >= 0, 1, exponential) / (1 + exponential)
    return probabilities


def calibration_error(labels: Floats, probabilities: Floats, bins: int = 10) -> float:
    """Return the expected calibration error over equally wide bins (Guo et al. 2017)."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = np.bincount(which, labels - probabilities, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def bootstrap_auc_differences(
    labels: Floats, challenger: Floats, champion: Floats, seed: int
) -> Floats:
    """Return the AUC differences of `DRAWS` paired bootstrap draws, shape (DRAWS,).

    In a draw, a row's weight is how often it was drawn; a draw of one class only gives nan.
    """
    rng = np.random.default_rng(seed)
    differences = []
    for _ in range(DRAWS // _CHUNK):
        weights = _draw_weights(rng, len(labels))
        first, second = (_weighted_auc(labels, s, weights) for s in (challenger, champion))
        differences.append(first - second)
    return np.concatenate(differences)


def bootstrap_mae_ratios(labels: Floats, challenger: Floats, champion: Floats, seed: int) -> Floats:
    """Return the challenger's MAE over the champion's in `DRAWS` paired draws, shape (DRAWS,)."""
    rng = np.random.default_rng(seed)
    errors = np.stack([np.abs(labels - challenger), np.abs(labels - champion)])
    ratios = []
    for _ in range(DRAWS // _CHUNK):
        first, second = errors @ _draw_weights(rng, len(labels)).T
        ratios.append(first / np.maximum(second, _LEAST_ERROR))
    return np.concatenate(ratios)


def _draw_weights(rng: np.random.Generator, n_rows: int) -> Floats:
    """Return how often each draw holds each row, shape (_CHUNK, n_rows)."""
    drawn = rng.integers(0, n_rows, size=(_CHUNK, n_rows))
    return np.stack([np.bincount(rows, minlength=n_rows) for rows in drawn]).astype(float)


def _weighted_auc(labels: Floats, scores: Floats, weights: Floats) -> Floats:
    """Return the AUC under each row of `weights` (n_draws, n_rows); ties count half."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.nan))  # of groups of equal scores
    positive = np.add.reduceat((weights * labels)[:, order], starts, axis=1)
    negative = np.add.reduceat((weights * (1 - labels))[:, order], starts, axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore"):
        auc: Floats = (positive * below).sum(axis=1) / pairs
    return auc
