"""What a model must prove without a champion: that it beats the best constant answer.

A gain counts only if a bootstrap lower bound of it is above 0. An absolute floor would be that of
one table, and a bare difference is passed by chance on few rows.
"""

from __future__ import annotations

import numpy as np

from titanic_mlops.learning.holdout import SEED, View
from titanic_mlops.learning.metrics import bootstrap_means
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.verdict import Check

QUANTILE = 0.001
"""Of the bootstrap draws: the bound is above the true gain in one of 1,000 cases."""


def lower_bound(gains: Floats) -> float:
    """Return the bootstrap lower bound of the mean of paired gains (n,)."""
    return float(np.quantile(bootstrap_means(gains, SEED), QUANTILE))


def beats_constant(view: View, gains: Floats, name: str, words: str) -> Check:
    """Return the check that passes if the gains over the best constant answer are above chance."""
    return above_chance(view, lower_bound(gains), name, words)


def above_chance(view: View, bound: float, name: str, words: str) -> Check:
    """Return the check that passes if `bound`, a lower bound of a gain, is above 0."""
    return Check(f"{view.name}: {name}", bound, 0.0, bound > 0, f"{words} (bootstrap, 99.9 %)")
