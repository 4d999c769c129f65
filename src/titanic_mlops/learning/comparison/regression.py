"""Regression: the floor, mean absolute errors and slices of a challenger against the champion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from titanic_mlops.learning.comparison.floors import error_floor
from titanic_mlops.learning.holdout import SEED, View
from titanic_mlops.learning.losses import standard_error
from titanic_mlops.learning.metrics import bootstrap_mae_ratios
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.tasks.regression import figures
from titanic_mlops.learning.verdict import Check, Paired

MAX_RATIO = 1.005
MAX_UPPER_BOUND = 1.02
UPPER_QUANTILE = 0.95
MAX_SLICE_RATIO = 1.05
SLICE_ERRORS = 2.0
"""Standard errors of the paired difference; within them a slice is worse by chance."""
MIN_ROWS = 10
"""Of a holdout that can decide between two models."""


def checks(view: View) -> Iterator[Check]:
    """Yield every check of one view: the floor, then the comparison with the champion, if any."""
    ours = figures(view.labels, view.challenger)
    yield error_floor(view)
    if view.champion is not None:
        yield from _compared(view, ours["mae"], view.champion)


def paired(view: View) -> tuple[Paired, ...]:
    """Return the difference of absolute errors."""
    ours, theirs = _errors(view)
    return (
        Paired(
            "absolute error",
            float((ours - theirs).mean()),
            standard_error(ours - theirs),
            (MAX_RATIO - 1) * float(theirs.mean()),
            f"its mean absolute error{view.label} is {ours.mean():.4g} against {theirs.mean():.4g}",
        ),
    )


def enough(labels: Floats) -> bool:
    """Return whether a holdout has as many rows as it needs."""
    return len(labels) >= MIN_ROWS


def least() -> str:
    """Return in words how many labels are enough."""
    return str(MIN_ROWS)


def headline(scored: Sequence[View]) -> str:
    """Return the mean absolute error of every view, challenger against champion, in words."""
    parts = []
    for view in scored:
        parts.append(f"mean absolute error {_mae(view, view.challenger):.4g}{view.label}")
        if view.champion is not None:
            parts[-1] += f" against {_mae(view, view.champion):.4g}"
    return ", ".join(parts)


def _compared(view: View, ours: float, champion: Floats) -> Iterator[Check]:
    theirs = _mae(view, champion)
    yield Check.at_most(
        MAX_RATIO * theirs,
        ours,
        f"{view.name}: error ratio",
        f"its mean absolute error{view.label} is {ours:.4g} against {theirs:.4g}",
    )
    ratios = bootstrap_mae_ratios(view.labels, view.challenger, champion, SEED)
    bound = float(np.quantile(ratios, UPPER_QUANTILE))
    yield Check(
        f"{view.name}: error ratio upper bound",
        bound,
        MAX_UPPER_BOUND,
        bound < MAX_UPPER_BOUND,
        f"its mean absolute error{view.label} may be {bound:.3f} times the champion's "
        "(bootstrap, one-sided 95 %)",
    )
    for name, mask in view.slices:
        yield _slice_check(view, name, mask)


def _slice_check(view: View, name: str, mask: np.ndarray) -> Check:
    ours, theirs = (errors[mask] for errors in _errors(view))
    mean = float(theirs.mean())
    beyond_chance = mean + SLICE_ERRORS * standard_error(ours - theirs)
    return Check.at_most(
        max(MAX_SLICE_RATIO * mean, beyond_chance),
        float(ours.mean()),
        f"{view.name}: {name}",
        f"its mean absolute error{view.label} where {name} is {ours.mean():.4g} against {mean:.4g}",
    )


def _errors(view: View) -> tuple[Floats, Floats]:
    """Return the absolute errors of challenger and champion."""
    if view.champion is None:
        raise ValueError("the view has no champion to compare with")
    return np.abs(view.labels - view.challenger), np.abs(view.labels - view.champion)


def _mae(view: View, values: Floats) -> float:
    return figures(view.labels, values)["mae"]
