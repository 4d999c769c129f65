"""An estimate of quality before any truth is known, from calibrated probabilities alone.

A row of probability p is taken as p of a row with class 1, and 1 - p of one with class 0
(confidence-based performance estimation). It sees a window that is harder to tell apart. It cannot
see that the probabilities have become wrong: a change of concept shows in `decay` only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from titanic_mlops.learning.model import Floats
from titanic_mlops.monitoring.calibration import calibrated

MIN_ROWS = 200
_LEAST = 1e-15
_RAREST = 1e-6  # rows that are expected of a class


@dataclass(frozen=True, slots=True)
class Estimate:
    """Figures that are expected if the probabilities are right, of `n` predictions.

    `auc` is None where the probabilities are all 0 or all 1. With several classes it is None, too.
    """

    n: int
    auc: float | None
    log_loss: float
    accuracy: float

    @property
    def sentence(self) -> str:
        """Return the estimate in words, named as one."""
        ranks = "" if self.auc is None else f"AUC {self.auc:.3f}, "
        return (
            f"Estimated without labels, if the probabilities are right: {ranks}accuracy "
            f"{self.accuracy:.3f}, log-loss {self.log_loss:.3f} on {self.n} predictions."
        )


def estimate_of(probabilities: Floats, *, two_classes: bool, slope: float = 1.0) -> Estimate | None:
    """Return the estimate for the probabilities (n,) of class 1; None for fewer than MIN_ROWS.

    `slope` is the profile's: on the Titanic table the model is too sure of itself, and without it
    the AUC is estimated 0.04 too high in the mean of 40 splits, with it 0.008.
    With several classes they are those of the predicted class: then the figures are those of
    whether it is right.
    """
    if len(probabilities) < MIN_ROWS:
        return None
    right = calibrated(probabilities, slope)
    sure = np.clip(probabilities, _LEAST, 1 - _LEAST)
    losses = -(right * np.log(sure) + (1 - right) * np.log(1 - sure))
    told = np.maximum(right, 1 - right) if two_classes else right
    return Estimate(
        n=len(probabilities),
        auc=_expected_auc(right) if two_classes else None,
        log_loss=float(losses.mean()),
        accuracy=float(told.mean()),
    )


def _expected_auc(probabilities: Floats) -> float | None:
    """Return the AUC of rows that are each of class 1 by p and of class 0 by 1 - p.

    A row is not compared with itself; ties count half.
    """
    levels, counts = np.unique(probabilities, return_counts=True)
    positive, negative = levels * counts, (1 - levels) * counts
    own = float((probabilities * (1 - probabilities)).sum())
    below = np.cumsum(negative) - negative / 2
    pairs = float(positive.sum() * negative.sum()) - own
    if min(positive.sum(), negative.sum()) < _RAREST:
        return None
    return float(((positive * below).sum() - own / 2) / pairs)
