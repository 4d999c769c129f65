"""Whether a model answers worse than it did on its holdout, by answers whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from titanic_mlops.learning.intervals import COVERAGE as PROMISED
from titanic_mlops.monitoring.alarm import DECAYED, INSUFFICIENT, OK, Status
from titanic_mlops.monitoring.figures import (
    ACCURACY,
    AUC,
    COVERAGE,
    LOG_LOSS,
    MAE,
    Figure,
    Figures,
    Joined,
    figures_of,
)
from titanic_mlops.problems.base.roles import REGRESSION

MIN_ROWS, MIN_PER_CLASS = 200, 30
ERRORS = 1.645
"""Standard errors of a one-sided 95 % bound. The holdout's own error counts, too: a lucky holdout
would otherwise make a model look decayed from its first day on."""
RANK_MARGIN = 0.03
"""By how much AUC, or with several classes accuracy, may be below the holdout's."""
LOSS_MARGIN = 0.05
ERROR_RATIO = 1.1
"""By how much the mean absolute error may exceed the holdout's: a tenth is what halving the rows of
the diamonds costs."""
COVERAGE_MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure beside the holdout's.

    It has decayed if even its better `bound` is beyond the `limit`; `ratio` says how far it is, 1
    at the limit, for `alarm`.
    """

    name: str
    value: float
    bound: float
    holdout: float
    limit: float
    ratio: float

    @property
    def decayed(self) -> bool:
        """Return whether the figure is proven worse."""
        return self.ratio > 1


@dataclass(frozen=True, slots=True)
class Decay:
    """How the answers of closed windows fare: `labelled` of `predictions` have a known truth."""

    labelled: int
    predictions: int
    figures: Figures
    comparisons: tuple[Comparison, ...]
    status: Status

    @property
    def coverage(self) -> float:
        """Return the share of predictions whose truth is known."""
        return self.labelled / self.predictions if self.predictions else 0.0

    @property
    def ratios(self) -> dict[str, float]:
        """Return how far each figure is on the way to its limit, for `alarm`."""
        return {one.name: one.ratio for one in self.comparisons}

    def to_json(self) -> dict[str, Any]:
        """Return the decay as plain JSON values."""
        return asdict(self) | {"coverage": self.coverage}


def decay_of(task: str, rows: Joined, holdout: Mapping[str, Figure], predictions: int) -> Decay:
    """Return the decay that labelled rows of closed windows prove against the holdout's figures.

    Too few rows, or too few of a class, are insufficient_data: their figures are not compared.
    """
    figures = figures_of(task, rows) if rows.n else {}
    if not _enough(task, rows):
        return Decay(rows.n, predictions, figures, (), INSUFFICIENT)
    compared = tuple(_comparisons(figures, holdout))
    decayed = any(one.decayed for one in compared)
    return Decay(rows.n, predictions, figures, compared, DECAYED if decayed else OK)


def _enough(task: str, rows: Joined) -> bool:
    if rows.n < MIN_ROWS:
        return False
    if task == REGRESSION:
        return True
    positive = int((rows.labels == 1).sum())
    return min(positive, rows.n - positive) >= MIN_PER_CLASS


def _comparisons(figures: Figures, holdout: Mapping[str, Figure]) -> Iterator[Comparison]:
    """Yield the comparisons of the figures that both sides have.

    Of two classes the AUC is compared, of several, whose single probabilities are not stored, the
    accuracy.
    """
    rank = AUC if AUC in figures else ACCURACY
    for name, margin in ((rank, -RANK_MARGIN), (LOG_LOSS, LOSS_MARGIN)):
        if name in figures and name in holdout:
            yield _difference(name, figures[name], holdout[name], margin)
    if MAE in figures and MAE in holdout:
        yield _ratio(figures[MAE], holdout[MAE])
    if COVERAGE in figures:
        promised = Figure(min(PROMISED, holdout[COVERAGE].value)) if COVERAGE in holdout else None
        yield _difference(
            COVERAGE, figures[COVERAGE], promised or Figure(PROMISED), -COVERAGE_MARGIN
        )


def _difference(name: str, found: Figure, holdout: Figure, margin: float) -> Comparison:
    """Compare a figure that may be worse by `margin`, below 0 where less is worse."""
    sign = 1 if margin > 0 else -1
    error = ERRORS * float(np.hypot(found.error, holdout.error))
    bound, limit = found.value - sign * error, holdout.value + margin
    ratio = (bound - holdout.value) / margin
    return Comparison(name, found.value, bound, holdout.value, limit, max(0.0, ratio))


def _ratio(found: Figure, holdout: Figure) -> Comparison:
    """Compare mean absolute errors by their ratio, whose logarithm has about a normal error."""
    if not found.value or not holdout.value:
        worse = float(found.value > holdout.value) * 2
        return Comparison(MAE, found.value, found.value, holdout.value, holdout.value, worse)
    relative = float(np.hypot(found.error / found.value, holdout.error / holdout.value))
    bound = found.value * float(np.exp(-ERRORS * relative))
    ratio = max(0.0, float(np.log(bound / holdout.value) / np.log(ERROR_RATIO)))
    limit = holdout.value * ERROR_RATIO
    return Comparison(MAE, found.value, bound, holdout.value, limit, ratio)
