"""The checks of classes by their ranks: floors, ranks, odds and slices against the champion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from titanic_mlops.learning.comparison.floors import loss_floor, rank_floor
from titanic_mlops.learning.holdout import SEED, View
from titanic_mlops.learning.losses import log_losses, mean_log_loss, standard_error
from titanic_mlops.learning.metrics import bootstrap_auc_differences
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.verdict import Check, Paired

MIN_GAIN = -0.01
"""An equal model on fresher data may win. On some 180 rows another seed alone moves the AUC by
0.008 (standard deviation), so a narrower margin would decide by chance; docs/learning.md says how
often an honest refresh and a spoiled challenger pass."""
AUC_MARGIN = -0.03
LOWER_QUANTILE = 0.05
LOG_LOSS_MARGIN = 0.005
CALIBRATION_MARGIN = 0.05
SLICE_MARGIN = 0.05
SLICE_ERRORS = 2.0
"""Standard errors of the paired difference; within them a slice is worse by chance."""


@dataclass(frozen=True, slots=True)
class RankChecks:
    """Compare by `figures` of labels and scores: for two classes, or for several."""

    figures: Callable[[Floats, Floats], dict[str, float]]

    def checks(self, view: View) -> Iterator[Check]:
        """Yield every check of one view: floors, then the comparison with the champion, if any."""
        ours = self.figures(view.labels, view.challenger)
        yield rank_floor(view, ours["auc"])
        yield loss_floor(view, ours["log_loss"])
        if view.champion is not None:
            yield from self._compared(
                view, ours, self.figures(view.labels, view.champion), view.champion
            )

    def paired(self, view: View) -> tuple[Paired, ...]:
        """Return the differences of AUC and log-loss."""
        champion = _champion(view)
        ours, theirs = (
            self.figures(view.labels, view.challenger),
            self.figures(view.labels, champion),
        )
        draws = bootstrap_auc_differences(view.labels, view.challenger, champion, SEED)
        losses = log_losses(view.labels, view.challenger) - log_losses(view.labels, champion)
        return (
            Paired(
                "AUC",
                theirs["auc"] - ours["auc"],
                float(np.nanstd(draws)),
                -MIN_GAIN,
                f"its AUC{view.label} is {ours['auc']:.3f} against {theirs['auc']:.3f}",
            ),
            Paired(
                "log loss",
                ours["log_loss"] - theirs["log_loss"],
                standard_error(losses),
                LOG_LOSS_MARGIN,
                f"its log loss{view.label} is {ours['log_loss']:.3f} "
                f"against {theirs['log_loss']:.3f}",
            ),
        )

    def headline(self, scored: Sequence[View]) -> str:
        """Return the AUC of every view, challenger against champion, in words."""
        parts = []
        for view in scored:
            ours = self.figures(view.labels, view.challenger)
            parts.append(f"AUC {ours['auc']:.3f}{view.label}")
            if view.champion is not None:
                theirs = self.figures(view.labels, view.champion)
                parts[-1] += f" against {theirs['auc']:.3f}"
        return ", ".join(parts)

    def _compared(
        self, view: View, ours: dict[str, float], theirs: dict[str, float], champion: Floats
    ) -> Iterator[Check]:
        yield Check.at_least(
            MIN_GAIN,
            ours["auc"] - theirs["auc"],
            f"{view.name}: AUC difference",
            f"its AUC{view.label} is {ours['auc']:.3f} against {theirs['auc']:.3f}",
        )
        draws = bootstrap_auc_differences(view.labels, view.challenger, champion, SEED)
        bound = float(np.nanquantile(draws, LOWER_QUANTILE))
        yield Check(
            f"{view.name}: AUC lower bound",
            bound,
            AUC_MARGIN,
            bound > AUC_MARGIN,
            f"its AUC{view.label} may be {-bound:.3f} below the champion's "
            "(bootstrap, one-sided 95 %)",
        )
        for name, margin in (
            ("log_loss", LOG_LOSS_MARGIN),
            ("calibration_error", CALIBRATION_MARGIN),
        ):
            words = name.replace("_", " ")
            yield Check.at_most(
                theirs[name] + margin,
                ours[name],
                f"{view.name}: {words}",
                f"its {words}{view.label} is {ours[name]:.3f} against {theirs[name]:.3f}",
            )
        for name, mask in view.slices:
            yield _slice_check(view, champion, name, mask)


def _slice_check(view: View, champion: Floats, name: str, mask: np.ndarray) -> Check:
    """Compare within a slice by log-loss: on 30 rows two answers are 0.07 of accuracy."""
    labels, pair = view.labels[mask], (view.challenger[mask], champion[mask])
    ours, theirs = (mean_log_loss(labels, scores) for scores in pair)
    first, second = (log_losses(labels, scores) for scores in pair)
    return Check.at_most(
        theirs + max(SLICE_MARGIN, SLICE_ERRORS * standard_error(first - second)),
        ours,
        f"{view.name}: {name}",
        f"its log loss{view.label} where {name} is {ours:.3f} against {theirs:.3f}",
    )


def _champion(view: View) -> Floats:
    if view.champion is None:
        raise ValueError("the view has no champion to compare with")
    return view.champion
