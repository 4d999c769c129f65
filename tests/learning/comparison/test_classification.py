"""Classification: each rule of the gate, on hand-made views in which all else is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.learning.comparison.views import MEN, N, failed, view
from titanic_mlops.learning.comparison import classification, ranking
from titanic_mlops.learning.holdout import View
from titanic_mlops.learning.losses import mean_log_loss
from titanic_mlops.learning.model import Floats


def calibrated() -> tuple[Floats, Floats]:
    """Return log-odds and labels drawn from them; the AUC is about 0.85."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 2, N)
    return (rng.random(N) < 1 / (1 + np.exp(-scores))).astype(float), scores


def no_ranks() -> View:
    """Return a model whose scores differ by chance; a few wrong labels are not among them."""
    rng = np.random.default_rng(2)
    labels = (np.arange(N) % 2).astype(np.float64)
    return view(labels, 0.02 * (labels - 0.5) + 0.1 * rng.normal(size=N))


def one_answer() -> View:
    labels, scores = calibrated()
    return view(labels, scores - 50)


def fewer_ranks_better_odds() -> View:
    """Return a challenger with slightly worse ranks but better odds than the champion."""
    labels, scores = calibrated()
    worse = scores + np.where(np.arange(N) % 2, 0.55, -0.55)
    return view(labels, worse, scores * 2)


def equal_on_average() -> View:
    """Return two equally good, uncorrelated models on few rows: the bound is wide."""
    rng = np.random.default_rng(17)
    labels: Floats = np.arange(100, dtype=np.float64) % 2.0
    first = 1.5 * (labels - 0.5) + rng.normal(size=100)
    second = np.empty(100)
    for label in (0.0, 1.0):  # the same scores on other rows of the class
        second[labels == label] = rng.permutation(first[labels == label])
    return replace(view(labels, first, second), slices=())


def overconfident() -> View:
    labels, scores = calibrated()
    return replace(view(labels, scores * 1.3, scores), slices=())


def underconfident() -> View:
    """Return a calibrated champion whose log-loss a few extreme errors spoil."""
    labels, scores = calibrated()
    spoiled = scores.copy()
    wrong = np.flatnonzero((scores < -1) & (labels == 1))[:12]
    spoiled[wrong] = -25
    return replace(view(labels, scores * 0.35, spoiled), slices=())


def worse_for_some() -> View:
    labels, scores = calibrated()
    challenger = scores.copy()
    challenger[MEN] *= 0.3
    return view(labels, challenger, scores)


FAILING: dict[str, Callable[[], View]] = {
    "log loss floor": one_answer,
    "AUC difference": fewer_ranks_better_odds,
    "AUC lower bound": equal_on_average,
    "log loss": overconfident,
    "calibration error": underconfident,
    "Sex=male": worse_for_some,
}


@pytest.mark.parametrize("name", FAILING)
def test_each_rule_can_fail_alone(name: str) -> None:
    assert failed(classification, FAILING[name]()) == {name}


def test_scores_by_chance_fail_the_floor_of_ranks() -> None:
    assert "AUC floor" in failed(classification, no_ranks())


def test_a_slice_that_is_worse_by_chance_passes() -> None:
    """A single row of the slice makes the difference: within two standard errors."""
    labels, scores = calibrated()
    challenger = scores.copy()
    surprised = np.flatnonzero(MEN & (labels == 1))[0]
    challenger[surprised] = -6
    found = {c.name: c for c in classification.checks(view(labels, challenger, scores))}
    check = found["whole: Sex=male"]
    theirs = mean_log_loss(labels[MEN], scores[MEN])
    assert check.passed
    assert check.found > theirs + ranking.SLICE_MARGIN


def test_a_model_passes_against_itself() -> None:
    labels, scores = calibrated()
    assert failed(classification, view(labels, scores, scores)) == set()


def test_only_the_better_of_two_models_passes() -> None:
    labels, scores = calibrated()
    noisy = scores + np.random.default_rng(3).normal(0, 2, N)
    assert failed(classification, view(labels, scores, noisy)) == set()
    assert {"AUC difference", "AUC lower bound", "log loss"} <= failed(
        classification, view(labels, noisy, scores)
    )


def test_every_rule_states_its_figure_and_its_limit() -> None:
    labels, scores = calibrated()
    checks = {c.name: c for c in classification.checks(view(labels, scores, scores))}
    assert len(checks) == 7
    difference = checks["whole: AUC difference"]
    assert (difference.found, difference.limit) == (0, ranking.MIN_GAIN)
    floor = checks["whole: AUC floor"]
    assert floor.limit == 0
    assert 0.2 < floor.found < 0.36
    assert "of a constant answer beyond chance" in floor.words
