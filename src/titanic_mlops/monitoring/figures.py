"""How good stored answers are, once the truth is known: figures with their standard errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.losses import calibration_error, standard_error
from titanic_mlops.learning.model import Floats
from titanic_mlops.problems.base.roles import CLASSIFICATION, REGRESSION

AUC, LOG_LOSS, ACCURACY = "auc", "log_loss", "accuracy"
CALIBRATION, MAE, COVERAGE = "calibration_error", "mae", "coverage"
_LEAST = 1e-15
_BOTH = 2


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its standard error; the error is 0 where it is not known."""

    value: float
    error: float = 0.0


Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Joined:
    """Stored answers beside what became true; every array has the shape (n,).

    Of two classes, `labels` are 0 or 1 and `answers` the probabilities of 1. Of several classes,
    `labels` are 1 where the predicted class was right and `answers` its probability: that is what
    is stored. Of a regression, both are in units of the target; `low` and `high` are the intervals,
    nan where there is none.
    """

    labels: Floats
    answers: Floats
    low: Floats | None = None
    high: Floats | None = None

    def only(self, chosen: NDArray[np.bool_]) -> Joined:
        """Return the rows that a mask (n,) chooses."""
        low, high = (None if one is None else one[chosen] for one in (self.low, self.high))
        return Joined(self.labels[chosen], self.answers[chosen], low, high)

    @property
    def n(self) -> int:
        """Return the number of rows."""
        return len(self.labels)


def figures_of(task: str, rows: Joined) -> Figures:
    """Return the figures of a task that these rows allow."""
    if task == REGRESSION:
        errors = np.abs(rows.labels - rows.answers)
        return {MAE: _mean(errors), **_coverage(rows)}
    losses = _log_losses(rows)
    of_both: Figures = {
        LOG_LOSS: _mean(losses),
        CALIBRATION: Figure(calibration_error(rows.labels, rows.answers)),
    }
    if task != CLASSIFICATION:
        return {ACCURACY: _mean(rows.labels), **of_both}
    right = ((rows.answers > 1 / 2) == rows.labels.astype(bool)).astype(float)
    ranked = {AUC: auc_of(rows.labels, rows.answers)} if len(set(rows.labels)) == _BOTH else {}
    return {**ranked, ACCURACY: _mean(right), **of_both}


def auc_of(labels: Floats, scores: Floats) -> Figure:
    """Return the AUC of 0/1 labels with its standard error (DeLong, DeLong, Clarke-Pearson 1988).

    A row's placement is the share of the other class's rows that it is ranked right against, ties
    counting half; the variance of the AUC is that of the placements' means (Sun and Xu 2014).
    """
    positive, negative = np.sort(scores[labels == 1]), np.sort(scores[labels == 0])
    above = _share_below(negative, positive)
    below = 1 - _share_below(positive, negative)
    error = np.hypot(standard_error(above), standard_error(below))
    return Figure(float(above.mean()), float(error))


def _share_below(others: Floats, scores: Floats) -> Floats:
    """Return the share of sorted `others` below each score, ties counting half."""
    ends = [np.searchsorted(others, scores, side=side) for side in ("left", "right")]
    shares: Floats = (ends[0] + ends[1]) / (2 * len(others))
    return shares


def _log_losses(rows: Joined) -> Floats:
    answers = np.clip(rows.answers, _LEAST, 1 - _LEAST)
    losses: Floats = -np.log(np.where(rows.labels == 1, answers, 1 - answers))
    return losses


def _coverage(rows: Joined) -> Figures:
    if rows.low is None or rows.high is None:
        return {}
    known = np.isfinite(rows.low) & np.isfinite(rows.high)
    if not known.any():
        return {}
    inside = (rows.low <= rows.labels) & (rows.labels <= rows.high)
    return {COVERAGE: _mean(inside[known].astype(float))}


def _mean(values: Floats) -> Figure:
    return Figure(float(values.mean()), standard_error(values))
