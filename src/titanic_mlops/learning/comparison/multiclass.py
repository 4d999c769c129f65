"""Several classes: the checks of two classes, with each class ranked against the rest."""

from __future__ import annotations

import numpy as np

from titanic_mlops.learning.comparison.ranking import RankChecks
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.tasks.multiclass import MIN_PER_CLASS, figures
from titanic_mlops.rules.split import TEST

_RANKS = RankChecks(figures)
checks, paired, headline = _RANKS.checks, _RANKS.paired, _RANKS.headline


def enough(labels: Floats) -> bool:
    """Return whether two classes occur, and each one as often as a holdout needs."""
    _, counts = np.unique(labels, return_counts=True)
    return len(counts) > 1 and bool(counts.min() >= MIN_PER_CLASS[TEST])


def least() -> str:
    """Return in words how many labels are enough."""
    return f"{MIN_PER_CLASS[TEST]} of each class"
