"""How many true values the intervals of a model hold: overall, by slice, by declared class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.holdout import MIN_SLICE_ROWS
from titanic_mlops.learning.intervals import Conformal, class_names
from titanic_mlops.learning.labels import learned_labels
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.verdict import Check
from titanic_mlops.problems.base import Problem, Record

MISSED, MISSED_IN_PART = 0.02, 0.06
"""By how much the coverage may be below what was promised, overall and in a slice or class, beyond
two standard errors: only whole classes are promised anything."""
_ERRORS = 2.0

Masks = Sequence[tuple[str, NDArray[np.bool_]]]


def covered(problem: Problem, model: Model, records: Sequence[Record]) -> NDArray[np.bool_] | None:
    """Return which records (n,) have their true value in the interval; None without intervals."""
    if not isinstance(model.interval, Conformal) or not records:
        return None
    half = np.array([model.interval.half[model.interval.class_of(one)] for one in records])
    held: NDArray[np.bool_] = (
        np.abs(learned_labels(problem, records) - model.scores(records)) <= half
    )
    return held


def coverage_checks(
    problem: Problem, model: Model, records: Sequence[Record], slices: Masks
) -> Iterator[Check]:
    """Yield the checks of the intervals: of all records, of slices and of classes of 30 or more."""
    held = covered(problem, model, records)
    if held is None or not isinstance(model.interval, Conformal):
        return
    interval = model.interval
    levels = np.array([interval.level[interval.class_of(one)] for one in records])
    yield _check("coverage", "", held, levels, MISSED)
    places = np.array([interval.class_of(one) for one in records])
    classes = [(name, places == place) for place, name in enumerate(class_names(interval))]
    for name, mask in [*slices, *classes]:
        if mask.sum() >= MIN_SLICE_ROWS:
            where = f" where {name}"
            yield _check(f"coverage {name}", where, held[mask], levels[mask], MISSED_IN_PART)


def _check(
    name: str, where: str, held: NDArray[np.bool_], levels: NDArray[np.float64], missed: float
) -> Check:
    found, least = float(held.mean()), float(levels.mean()) - missed
    error = float(np.sqrt(least * (1 - least) / len(held)))
    return Check.at_least(
        least - _ERRORS * error,
        found,
        f"whole: {name}",
        f"its intervals hold {found:.1%} of the true values{where} instead of {levels.mean():.0%}",
    )
