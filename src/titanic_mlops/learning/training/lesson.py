"""What one fit learns from, encoded, and how its number of steps is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.losses import log_losses, standard_error
from titanic_mlops.learning.model import Floats

Estimator: TypeAlias = Any
"""A fitted estimator of scikit-learn, which ships no types."""

DEFAULT_STEPS = 150
CLASSES_STEPS = 50
"""The default for several classes: each step has a tree per class."""
LEAST_LEAF_ROWS, MOST_LEAF_ROWS, SHARE_OF_LEAF = 5, 40, 120
"""A leaf of a tree for two classes holds one in 120 training rows, within these bounds. Measured on
3,400 films: AUC + 0.004 over leaves of 5 rows, for a rare word makes no rule; 60 rows cost 0.01."""
PROOF_ERRORS = 2.5
TOLERANCE = 0.005
"""The fewest steps win whose loss on VALIDATION is so near to the best, as a share of it."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Inputs (n, n_inputs) and labels (n,) as they are learned.

    The rows are `copies` of the same records, one whole copy after another.
    """

    inputs: NDArray[np.float32]
    labels: Floats
    copies: int = 1


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one fit is given.

    `validation` chooses how long to learn; where it has no row, `steps` says it. `classes`
    counts them, 0 for a regression; `monotone` (n_inputs,) holds -1, 0 or 1 for each input.
    """

    training: Samples
    validation: Samples
    classes: int
    monotone: tuple[int, ...]
    seed: int
    steps: int = DEFAULT_STEPS

    @property
    def n_scores(self) -> int:
        """Return how many scores a row gets: one per class, but two classes share one."""
        return self.classes if self.classes > 2 else 1  # noqa: PLR2004 two share one

    @property
    def leaf_rows(self) -> int:
        """Return how few training rows a leaf of a tree may hold."""
        if self.classes != 2:  # noqa: PLR2004 others were not measured
            return LEAST_LEAF_ROWS
        rows = len(self.training.labels) // self.training.copies // SHARE_OF_LEAF
        return min(max(rows, LEAST_LEAF_ROWS), MOST_LEAF_ROWS)

    def losses(self, scores: Floats) -> Floats:
        """Return the losses of the validation records for scores (n, K): log-loss, or squared.

        Those of a record's copies are averaged, so that records count once.
        """
        labels, found = self.validation.labels, scores.ravel() if self.n_scores == 1 else scores
        each = log_losses(labels, found) if self.classes else (labels - found) ** 2
        means: Floats = each.reshape(self.validation.copies, -1).mean(axis=0)
        return means

    def loss(self, scores: Floats) -> float:
        """Return the loss of scores (n, K) on VALIDATION: log-loss, or root mean square error."""
        mean = float(self.losses(scores).mean())
        return mean if self.classes else float(np.sqrt(mean))


def fewest_steps(losses: Sequence[float]) -> int:
    """Return the fewest steps whose loss is near the best; `losses[i]` follows step i + 1."""
    found = np.asarray(losses)
    return int(np.argmax(found <= found.min() * (1 + TOLERANCE))) + 1


def proven_steps(
    lesson: Lesson, losses: Sequence[float], scores_after: Callable[[int], Floats]
) -> int:
    """Return the fewest steps near the best if VALIDATION proves them better than the default.

    Proven is a difference of PROOF_ERRORS standard errors, in pairs of the same records. On some 90
    records the best number is chance: chosen without proof it costs 0.01 of accuracy.
    """
    usual = DEFAULT_STEPS if lesson.n_scores == 1 else CLASSES_STEPS
    default, fewest = min(usual, len(losses)), fewest_steps(losses)
    gains = lesson.losses(scores_after(default)) - lesson.losses(scores_after(fewest))
    return fewest if gains.mean() > PROOF_ERRORS * standard_error(gains) else default
