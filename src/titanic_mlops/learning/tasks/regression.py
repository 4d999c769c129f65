"""The rules for a regression: mean absolute error, as a ratio to the champion's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from titanic_mlops.learning.gate.holdout import SEED, View
from titanic_mlops.learning.gate.verdict import Check
from titanic_mlops.learning.metrics import Floats, bootstrap_mae_ratios, regression_metrics

FLOOR = 0.9
"""Of the error of always answering the median."""
MAX_RATIO = 1.005
MAX_UPPER_BOUND = 1.02
UPPER_QUANTILE = 0.95
MAX_SLICE_RATIO = 1.05


def figures(labels: Floats, values: Floats) -> dict[str, float]:
    """Return the metrics that the verdict keeps."""
    return regression_metrics(labels, values, float(np.median(labels)))


def checks(view: View) -> Iterator[Check]:
    """Yield every check of one view: the floor, then the comparison with the champion."""
    ours = figures(view.labels, view.challenger)
    limit = FLOOR * ours["median_mae"]
    yield Check(
        f"{view.name}: error floor",
        ours["mae"],
        limit,
        ours["mae"] <= limit,
        f"its mean absolute error{view.label} is {ours['mae']:.4g}, not 10 % under the "
        f"{ours['median_mae']:.4g} of always answering the median,",
    )
    if view.champion is None:
        return
    theirs = figures(view.labels, view.champion)
    yield _ratio_check(view, f"{view.name}: error ratio", ours["mae"], theirs["mae"], MAX_RATIO)
    ratios = bootstrap_mae_ratios(view.labels, view.challenger, view.champion, SEED)
    bound = float(np.quantile(ratios, UPPER_QUANTILE))
    yield Check(
        f"{view.name}: error ratio upper bound",
        bound,
        MAX_UPPER_BOUND,
        bound < MAX_UPPER_BOUND,
        f"its mean absolute error{view.label} may be {bound:.3f} times the champion's",
    )
    errors = [np.abs(view.labels - values) for values in (view.challenger, view.champion)]
    for name, mask in view.slices:
        ours_here, theirs_here = (float(error[mask].mean()) for error in errors)
        yield _ratio_check(
            view, f"{view.name}: {name}", ours_here, theirs_here, MAX_SLICE_RATIO, f" where {name}"
        )


def headline(scored: Sequence[View]) -> str:
    """Return the figures that matter, challenger against champion, in words."""
    parts = []
    for view in scored:
        parts.append(f"mean absolute error {_mae(view, view.challenger):.4g}{view.label}")
        if view.champion is not None:
            parts[-1] += f" against {_mae(view, view.champion):.4g}"
    return ", ".join(parts)


def _mae(view: View, values: Floats) -> float:
    return figures(view.labels, values)["mae"]


def _ratio_check(
    view: View, name: str, ours: float, theirs: float, limit: float, where: str = ""
) -> Check:
    return Check(
        name,
        ours,
        limit * theirs,
        ours <= limit * theirs,
        f"its mean absolute error{view.label}{where} is {ours:.4g} against {theirs:.4g}",
    )
