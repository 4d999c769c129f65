"""Two classes: floors, ranks, odds and slices of a challenger against the champion."""

from __future__ import annotations

from titanic_mlops.learning.comparison.ranking import RankChecks
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.tasks.classification import MIN_PER_CLASS, figures
from titanic_mlops.rules.split import TEST

_RANKS = RankChecks(figures)
checks, paired, headline = _RANKS.checks, _RANKS.paired, _RANKS.headline


def enough(labels: Floats) -> bool:
    """Return whether each class has as many rows as a holdout needs."""
    positive = int(labels.sum())
    return min(positive, len(labels) - positive) >= MIN_PER_CLASS[TEST]


def least() -> str:
    """Return in words how many labels are enough."""
    return f"{MIN_PER_CLASS[TEST]} of each class"
