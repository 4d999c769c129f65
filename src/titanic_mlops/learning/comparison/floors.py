"""What a model must prove without a champion: that it beats the best constant answer.

Ranks and errors must gain so much that a bootstrap lower bound of the gain is above 0: an absolute
floor would be that of one table, and shuffled labels reach a bare difference by chance on few rows.
Once ranks have proven that labels are not shuffled, log-losses need a bare difference: a bound
refused honest models of some hundred rows.
"""

from __future__ import annotations

import numpy as np

from titanic_mlops.learning.holdout import SEED, View
from titanic_mlops.learning.losses import log_losses
from titanic_mlops.learning.metrics import bootstrap_auc_differences, bootstrap_means
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.verdict import Check

QUANTILE = 0.002
"""Of the bootstrap draws: the bound is above the true gain in one of 500 cases, and in some more
on ten rows."""
_BEYOND = "beyond chance (bootstrap, one-sided {:g} %),"


def rank_floor(view: View, auc: float) -> Check:
    """Return the check that ranks are better than those of a constant, whose AUC is 0.5."""
    constant = np.zeros_like(view.challenger)
    draws = bootstrap_auc_differences(view.labels, view.challenger, constant, SEED)
    words = f"its AUC{view.label} is {auc:.3f}, not above the 0.500 of a constant answer "
    words += _BEYOND.format(100 - 100 * QUANTILE)
    return _above_zero(float(np.nanquantile(draws, QUANTILE)), f"{view.name}: AUC floor", words)


def loss_floor(view: View, loss: float) -> Check:
    """Return the check that probabilities are better than the shares of the classes."""
    shares = prior_scores(view.labels, view.challenger)
    constant = log_losses(view.labels, shares)
    gains = constant - log_losses(view.labels, view.challenger)
    words = (
        f"its log loss{view.label} is {loss:.3f}, not below the {constant.mean():.3f} of always "
        "answering the shares of the classes"
    )
    return _above_zero(float(gains.mean()), f"{view.name}: log loss floor", words)


def error_floor(view: View) -> Check:
    """Return the check that errors are smaller than those of always answering the median."""
    constant = np.abs(view.labels - np.median(view.labels))
    errors = np.abs(view.labels - view.challenger)
    words = (
        f"its mean absolute error{view.label} is {errors.mean():.4g}, not below the "
        f"{constant.mean():.4g} of always answering the median "
    )
    words += _BEYOND.format(100 - 100 * QUANTILE)
    return _above_zero(lower_bound(constant - errors), f"{view.name}: error floor", words)


def lower_bound(gains: Floats, quantile: float = QUANTILE) -> float:
    """Return the bootstrap lower bound of the mean of paired gains (n,)."""
    return float(np.quantile(bootstrap_means(gains, SEED), quantile))


def prior_scores(labels: Floats, like: Floats) -> Floats:
    """Return the scores of always answering the shares of the classes, in the form of `like`."""
    classes = like.shape[1] if like.ndim > 1 else 2
    counts = np.bincount(labels.astype(int), minlength=classes)
    logs = np.log(np.maximum(counts, 1e-9))
    scores: Floats = np.broadcast_to(logs if like.ndim > 1 else logs[1] - logs[0], like.shape)
    return scores


def _above_zero(bound: float, name: str, words: str) -> Check:
    return Check(name, bound, 0.0, bound > 0, words)
