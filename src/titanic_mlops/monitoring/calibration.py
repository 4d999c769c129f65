"""How sure probabilities may be: the slope that makes those of held-out rows right."""

from __future__ import annotations

import numpy as np

from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.probabilities import sigmoid

LEAST, MOST = 0.2, 5.0
_SURE = 1e-15


def slope_of(labels: Floats, probabilities: Floats) -> float:
    """Return the slope of the log-odds with the least log-loss, between LEAST and MOST.

    Below 1 the probabilities are too sure (Cox 1958; 1 / slope is the temperature of Guo et al.
    2017). The derivative falls with the slope, so that bisection finds its zero.
    """
    odds = _odds(probabilities)
    low, high = LEAST, MOST
    for _ in range(60):
        middle = (low + high) / 2
        rising = float(((labels - sigmoid(middle * odds)) * odds).sum()) > 0
        low, high = (middle, high) if rising else (low, middle)
    return (low + high) / 2


def calibrated(probabilities: Floats, slope: float) -> Floats:
    """Return the probabilities with the slope applied to their log-odds."""
    return sigmoid(slope * _odds(probabilities))


def _odds(probabilities: Floats) -> Floats:
    sure = np.clip(probabilities, _SURE, 1 - _SURE)
    odds: Floats = np.log(sure) - np.log1p(-sure)
    return odds
