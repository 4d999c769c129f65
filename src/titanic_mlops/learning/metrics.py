"""Metrics of scores against labels: scikit-learn's, and the few that it lacks."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import accuracy_score, mean_absolute_error, roc_auc_score

from titanic_mlops.learning.losses import calibration_error, mean_log_loss
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.probabilities import sigmoid, softmax

DRAWS = 1000
_CHUNK = 100
_LEAST_ERROR = 1e-150  # a lower bound of the champion's error, so that no ratio overflows


def classification_metrics(labels: Floats, scores: Floats) -> dict[str, float]:
    """Return the figures of log-odds `scores` (n,) against 0/1 `labels`."""
    probabilities = sigmoid(scores)
    return {
        "auc": float(roc_auc_score(labels, scores)),
        "accuracy": float(accuracy_score(labels, scores > 0)),
        "log_loss": mean_log_loss(labels, scores),
        "calibration_error": calibration_error(labels, probabilities),
        "majority": float(max(labels.mean(), 1 - labels.mean())),
    }


def multiclass_metrics(labels: Floats, scores: Floats) -> dict[str, float]:
    """Return the figures of one score per class, (n, K), against the numbers of the classes.

    The AUC is the mean of those of each class against the rest; its calibration error is that of
    the predicted class.
    """
    probabilities = softmax(scores)
    right = (scores.argmax(axis=1) == labels).astype(float)
    _, counts = np.unique(labels, return_counts=True)
    return {
        "auc": float(np.mean([roc_auc_score(*pair) for pair in one_vs_rest(labels, scores)])),
        "accuracy": float(right.mean()),
        "log_loss": mean_log_loss(labels, scores),
        "calibration_error": calibration_error(right, probabilities.max(axis=1)),
        "majority": float(counts.max() / counts.sum()),
    }


def one_vs_rest(labels: Floats, scores: Floats) -> list[tuple[Floats, Floats]]:
    """Return 0/1 labels and probabilities of each class that some rows have and some have not."""
    probabilities = softmax(scores)
    is_class = [(labels == number).astype(float) for number in range(scores.shape[1])]
    return [
        (mine, probabilities[:, number])
        for number, mine in enumerate(is_class)
        if 0 < mine.sum() < len(mine)
    ]


def regression_metrics(labels: Floats, values: Floats, median: float) -> dict[str, float]:
    """Return the figures of predicted `values`, and of always answering `median`."""
    return {
        "mae": float(mean_absolute_error(labels, values)),
        "median_mae": float(np.abs(labels - median).mean()),
    }


def bootstrap_auc_differences(
    labels: Floats, challenger: Floats, champion: Floats, seed: int
) -> Floats:
    """Return the AUC differences of `DRAWS` paired bootstrap draws, shape (DRAWS,).

    In a draw, a row's weight is how often it was drawn; a draw of one class only gives nan. With
    one score per class it is the mean of each class against the rest.
    """
    pairs = [
        [(labels, scores)] if scores.ndim == 1 else one_vs_rest(labels, scores)
        for scores in (challenger, champion)
    ]
    rng = np.random.default_rng(seed)
    differences = []
    for _ in range(DRAWS // _CHUNK):
        weights = _draw_weights(rng, len(labels))
        first, second = (
            np.mean([_weighted_auc(mine, scores, weights) for mine, scores in pair], axis=0)
            for pair in pairs
        )
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


def bootstrap_means(values: Floats, seed: int) -> Floats:
    """Return the mean of `values` (n_rows,) in `DRAWS` bootstrap draws, shape (DRAWS,)."""
    rng = np.random.default_rng(seed)
    n_rows = len(values)
    means = [_draw_weights(rng, n_rows) @ values / n_rows for _ in range(DRAWS // _CHUNK)]
    return np.concatenate(means)


def _draw_weights(rng: np.random.Generator, n_rows: int) -> Floats:
    """Return how often each draw holds each row, shape (_CHUNK, n_rows)."""
    drawn = rng.integers(0, n_rows, size=(_CHUNK, n_rows))
    places = drawn + n_rows * np.arange(_CHUNK)[:, None]
    counts = np.bincount(places.ravel(), minlength=_CHUNK * n_rows)
    return counts.reshape(_CHUNK, n_rows).astype(float)


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
