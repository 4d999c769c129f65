"""Shuffled labels pass the floors in less than one of a hundred trainings; honest ones pass."""

from __future__ import annotations

import numpy as np
import pytest

from tests.learning.comparison.views import view
from titanic_mlops.learning.comparison import floors
from titanic_mlops.learning.comparison.floors import (
    error_floor,
    loss_floor,
    prior_scores,
    rank_floor,
)
from titanic_mlops.learning.losses import log_losses
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.small.weights import fit_weights

TRAININGS = 200


def trained(rng: np.random.Generator, rows: int, classes: int, *, honest: bool) -> Floats:
    """Return labels and scores (2, rows) of a holdout, by a model of 80 other rows."""
    inputs = rng.normal(size=(80 + rows, 4))
    target = 1.5 * inputs[:, 0] + rng.exponential(size=len(inputs))
    labels = (target > np.median(target)).astype(float) if classes else target
    if not honest:
        labels = rng.permutation(labels)
    weights = fit_weights(inputs[:80], labels[:80], classes)
    return np.stack([labels[80:], weights.scores(inputs[80:]).ravel()])


def passes(labels_and_scores: Floats, classes: int) -> bool:
    labels, scores = labels_and_scores
    scored = view(labels, scores)
    if not classes:
        return error_floor(scored).passed
    if min(labels.sum(), len(labels) - labels.sum()) < 5:
        return False
    return rank_floor(scored, 0).passed and loss_floor(scored, 0).passed


@pytest.mark.parametrize("classes", [0, 2], ids=["regression", "classification"])
@pytest.mark.parametrize("rows", [10, 30])
def test_shuffled_labels_pass_in_less_than_one_percent(rows: int, classes: int) -> None:
    rng = np.random.default_rng(rows)
    found = [passes(trained(rng, rows, classes, honest=False), classes) for _ in range(TRAININGS)]
    assert np.mean(found) < 0.01


@pytest.mark.parametrize("classes", [0, 2], ids=["regression", "classification"])
def test_honest_labels_pass_on_eighty_rows(classes: int) -> None:
    rng = np.random.default_rng(5)
    found = [passes(trained(rng, 80, classes, honest=True), classes) for _ in range(50)]
    assert np.mean(found) > 0.8


def test_the_prior_answers_the_shares_of_the_classes() -> None:
    labels = np.array([0.0, 0, 0, 1])
    losses = log_losses(labels, prior_scores(labels, np.zeros(4)))
    assert losses.mean() == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    several = prior_scores(np.array([0.0, 1, 2, 2]), np.zeros((4, 3)))
    assert np.exp(several[0]) == pytest.approx([1, 1, 2])


def test_a_bound_is_below_the_mean_gain() -> None:
    gains = np.random.default_rng(0).normal(1, 1, 50)
    assert floors.lower_bound(gains) < gains.mean() - 2 * gains.std() / np.sqrt(50)
