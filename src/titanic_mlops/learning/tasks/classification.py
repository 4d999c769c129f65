"""The rules for a classification: ranks, probabilities, calibration, slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from titanic_mlops.learning.gate.holdout import SEED, View
from titanic_mlops.learning.gate.verdict import Check
from titanic_mlops.learning.metrics import (
    Floats,
    bootstrap_auc_differences,
    classification_metrics,
    mean_log_loss,
)

AUC_FLOOR = 0.70
MIN_GAIN = -0.01
"""An equal model on fresher data may win. On some 180 rows another seed alone moves the AUC by
0.008 (standard deviation), so a narrower margin would be a coin flip; docs/learning.md says how
often an honest refresh and a spoiled challenger pass."""
AUC_MARGIN = -0.03
LOWER_QUANTILE = 0.05
LOG_LOSS_MARGIN = 0.005
CALIBRATION_MARGIN = 0.05
SLICE_MARGIN = 0.05


def figures(labels: Floats, scores: Floats) -> dict[str, float]:
    """Return the metrics that the verdict keeps."""
    return classification_metrics(labels, scores)


def checks(view: View) -> Iterator[Check]:
    """Yield every check of one view: floors, then the comparison with the champion."""
    ours = figures(view.labels, view.challenger)
    yield Check(
        f"{view.name}: AUC floor",
        ours["auc"],
        AUC_FLOOR,
        ours["auc"] >= AUC_FLOOR,
        f"its AUC{view.label} is {ours['auc']:.3f}, under the floor of {AUC_FLOOR:.2f},",
    )
    yield Check(
        f"{view.name}: better than the majority",
        ours["accuracy"],
        ours["majority"],
        ours["accuracy"] > ours["majority"],
        f"its accuracy{view.label} is {ours['accuracy']:.3f}, not above the "
        f"{ours['majority']:.3f} of always answering the more frequent class,",
    )
    if view.champion is not None:
        yield from _compared(view, ours, figures(view.labels, view.champion), view.champion)


def headline(scored: Sequence[View]) -> str:
    """Return the figures that matter, challenger against champion, in words."""
    parts = []
    for view in scored:
        ours = figures(view.labels, view.challenger)
        parts.append(f"AUC {ours['auc']:.3f}{view.label}")
        if view.champion is not None:
            theirs = figures(view.labels, view.champion)
            parts[-1] += f" against {theirs['auc']:.3f}"
    return ", ".join(parts)


def _compared(
    view: View, ours: dict[str, float], theirs: dict[str, float], champion: Floats
) -> Iterator[Check]:
    difference = ours["auc"] - theirs["auc"]
    yield Check(
        f"{view.name}: AUC difference",
        difference,
        MIN_GAIN,
        difference >= MIN_GAIN,
        f"its AUC{view.label} is {ours['auc']:.3f} against {theirs['auc']:.3f}",
    )
    draws = bootstrap_auc_differences(view.labels, view.challenger, champion, SEED)
    bound = float(np.nanquantile(draws, LOWER_QUANTILE))
    yield Check(
        f"{view.name}: AUC lower bound",
        bound,
        AUC_MARGIN,
        bound > AUC_MARGIN,
        f"its AUC{view.label} may be {-bound:.3f} under the champion's (bootstrap, one-sided 95 %)",
    )
    for name, margin in (("log_loss", LOG_LOSS_MARGIN), ("calibration_error", CALIBRATION_MARGIN)):
        words = name.replace("_", " ")
        yield Check(
            f"{view.name}: {words}",
            ours[name],
            theirs[name] + margin,
            ours[name] <= theirs[name] + margin,
            f"its {words}{view.label} is {ours[name]:.3f} against {theirs[name]:.3f}",
        )
    for name, mask in view.slices:
        yield _slice_check(view, champion, name, mask)


def _slice_check(view: View, champion: Floats, name: str, mask: np.ndarray) -> Check:
    """Compare within a slice by log-loss: on 30 rows two answers are 0.07 of accuracy."""
    labels = view.labels[mask]
    ours, theirs = (mean_log_loss(labels, scores[mask]) for scores in (view.challenger, champion))
    return Check(
        f"{view.name}: {name}",
        ours,
        theirs + SLICE_MARGIN,
        ours <= theirs + SLICE_MARGIN,
        f"its log loss{view.label} where {name} is {ours:.3f} against {theirs:.3f}",
    )
