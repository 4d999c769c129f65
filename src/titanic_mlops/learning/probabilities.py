"""From scores to probabilities, without overflow."""

from __future__ import annotations

import numpy as np

from titanic_mlops.learning.model import Floats


def sigmoid(scores: Floats) -> Floats:
    """Return the probability of class 1 for log-odds, without overflow."""
    exponential = np.exp(-np.abs(scores))
    probabilities: Floats = np.where(scores >= 0, 1, exponential) / (1 + exponential)
    return probabilities


def softmax(scores: Floats) -> Floats:
    """Return the probabilities of classes for one score each, (n, K), without overflow."""
    exponential = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities: Floats = exponential / exponential.sum(axis=1, keepdims=True)
    return probabilities
