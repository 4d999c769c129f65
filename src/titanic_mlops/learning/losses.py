"""Losses of scores and probabilities; scikit-learn is not loaded, as monitoring has none."""

from __future__ import annotations

import numpy as np

from titanic_mlops.learning.model import Floats


def mean_log_loss(labels: Floats, scores: Floats) -> float:
    """Return the mean of `log_losses`; defined for rows of one class too."""
    return float(log_losses(labels, scores).mean())


def log_losses(labels: Floats, scores: Floats) -> Floats:
    """Return the log-loss of each row for log-odds (n,), or for one score per class (n, K)."""
    if scores.ndim == 1:
        losses: Floats = np.logaddexp(0, scores) - labels * scores
        return losses
    given = np.take_along_axis(scores, labels.astype(int)[:, None], axis=1)[:, 0]
    both: Floats = np.logaddexp.reduce(scores, axis=1) - given
    return both


def standard_error(differences: Floats) -> float:
    """Return the standard error of the mean of paired differences; infinite for one row."""
    if len(differences) < 2:  # noqa: PLR2004 no spread
        return float("inf")
    return float(differences.std(ddof=1) / np.sqrt(len(differences)))


def calibration_error(labels: Floats, probabilities: Floats, bins: int = 10) -> float:
    """Return the expected calibration error over equally wide bins (Guo et al. 2017)."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = np.bincount(which, labels - probabilities, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))
