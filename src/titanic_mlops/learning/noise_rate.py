"""The share of labels that look as if another class stood in their place, under a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from titanic_mlops.learning.model import Floats

_LEAST = 1e-12
_STEPS = 200


@dataclass(frozen=True, slots=True)
class Scored:
    """Labels (n,), the numbers of classes, and a model's probabilities.

    With two classes they are those of the class 1, (n,); with K classes one for each, (n, K).
    """

    labels: Floats
    probabilities: Floats

    @property
    def of_labels(self) -> Floats:
        """Return the probability of each label, shape (n,)."""
        if self.probabilities.ndim == 1:
            return np.where(self.labels == 1, self.probabilities, 1 - self.probabilities)
        found: Floats = np.take_along_axis(
            self.probabilities, self.labels.astype(int)[:, None], axis=1
        )[:, 0]
        return found

    @property
    def of_others(self) -> Floats:
        """Return the mean probability of the other classes, shape (n,)."""
        classes = 2 if self.probabilities.ndim == 1 else self.probabilities.shape[1]
        others: Floats = (1 - self.of_labels) / (classes - 1)
        return others


def noise_rate(scored: Scored) -> tuple[float, float]:
    """Return the most likely share of inverted labels, and its log-likelihood.

    The log-likelihood is concave in the share: its derivative is bisected.
    """
    agrees = scored.of_labels
    gain = scored.of_others - agrees
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        likely = np.maximum(agrees + middle * gain, _LEAST)
        if (gain / likely).sum() > 0:
            low = middle
        else:
            high = middle
    rate = (low + high) / 2
    likely = np.maximum(agrees + rate * gain, _LEAST)
    return rate, float(np.log(likely).sum())
