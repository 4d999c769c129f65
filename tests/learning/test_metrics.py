from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from titanic_mlops.learning import metrics
from titanic_mlops.learning.losses import (
    calibration_error,
    log_losses,
    mean_log_loss,
    standard_error,
)
from titanic_mlops.learning.metrics import (
    DRAWS,
    bootstrap_auc_differences,
    bootstrap_mae_ratios,
    classification_metrics,
    regression_metrics,
)
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.probabilities import sigmoid


def drawn(seed: int, n_rows: int) -> Floats:
    """Return how often each draw holds each row, shape (DRAWS, n_rows)."""
    rng = np.random.default_rng(seed)
    chunks = [metrics._draw_weights(rng, n_rows) for _ in range(DRAWS // metrics._CHUNK)]
    return np.concatenate(chunks)


def test_a_bootstrap_draw_samples_with_replacement() -> None:
    weights = drawn(0, 50)
    assert weights.shape == (DRAWS, 50)
    assert (weights.sum(axis=1) == 50).all()
    assert abs((weights == 0).mean() - (1 - 1 / 50) ** 50) < 0.01


@pytest.mark.parametrize("levels", [1_000_000, 5, 2], ids=["no ties", "many ties", "two scores"])
def test_the_auc_of_a_draw_equals_scikit_learns_weighted_auc(levels: int) -> None:
    rng = np.random.default_rng(levels)
    labels = rng.integers(0, 2, 80).astype(float)
    challenger, champion = (
        rng.integers(0, levels, 80) + labels * levels / 3 // 1 for _ in range(2)
    )
    differences = bootstrap_auc_differences(labels, challenger, champion, seed=3)
    assert differences.shape == (DRAWS,)
    for weights, difference in zip(drawn(3, 80), differences[:200], strict=False):
        ours, theirs = (
            roc_auc_score(labels, scores, sample_weight=weights)
            for scores in (challenger, champion)
        )
        assert difference == pytest.approx(ours - theirs, abs=1e-12)


def test_a_draw_of_one_class_has_no_auc() -> None:
    labels = np.array([1.0, 0, 0])
    differences = bootstrap_auc_differences(labels, labels, -labels, seed=0)
    one_class = drawn(0, 3) @ labels % 3 == 0
    assert 200 < one_class.sum() < 800
    assert np.array_equal(np.isnan(differences), one_class)
    assert (differences[~one_class] == 1).all()


def test_bootstrap_draws_depend_on_the_seed_alone() -> None:
    rng = np.random.default_rng(0)
    labels, ours, theirs = (
        rng.integers(0, 2, 60).astype(float),
        rng.normal(size=60),
        np.arange(60.0),
    )
    first, again, other = (bootstrap_auc_differences(labels, ours, theirs, s) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_error_ratios_are_those_of_the_drawn_rows() -> None:
    rng = np.random.default_rng(5)
    labels, ours, theirs = rng.normal(size=(3, 40))
    ratios = bootstrap_mae_ratios(labels, ours, theirs, seed=8)
    assert ratios.shape == (DRAWS,)
    for weights, ratio in zip(drawn(8, 40), ratios[:100], strict=False):
        rows = np.repeat(np.arange(40), weights.astype(int))
        expected = np.abs(labels - ours)[rows].mean() / np.abs(labels - theirs)[rows].mean()
        assert ratio == pytest.approx(expected)


def test_ratios_against_a_champion_without_error_are_finite() -> None:
    labels = np.arange(50.0)
    assert (bootstrap_mae_ratios(labels, labels, labels, seed=0) == 0).all()
    assert (bootstrap_mae_ratios(labels, labels + 1000, labels, seed=0) > 1e6).all()


def test_the_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    # tenth 0: two rows at .05, none happened: gap .05; tenth 9: .95 and 1, one of two: gap .475
    labels, probabilities = np.array([0.0, 0, 1, 0]), np.array([0.05, 0.05, 0.95, 1.0])
    assert calibration_error(labels, probabilities) == pytest.approx(0.5 * 0.05 + 0.5 * 0.475)


def test_calibration_gaps_cancel_only_within_a_bin() -> None:
    labels = np.array([1.0, 0])
    assert calibration_error(labels, np.array([0.52, 0.48])) == pytest.approx(0.48)
    assert calibration_error(labels, np.array([0.52, 0.52])) == pytest.approx(0.02)


def test_the_figures_of_a_classification_by_hand() -> None:
    labels, scores = np.array([0.0, 0, 1, 1]), np.array([-2.0, 1.0, 0.5, 3.0])
    found = classification_metrics(labels, scores)
    assert found["auc"] == 0.75
    assert found["accuracy"] == 0.75
    assert found["majority"] == 0.5
    assert found["log_loss"] == pytest.approx(log_loss(labels, 1 / (1 + np.exp(-scores))))


def test_a_score_of_zero_is_class_zero() -> None:
    assert classification_metrics(np.array([0.0, 1]), np.array([0.0, 0.1]))["accuracy"] == 1


def test_the_majority_may_be_either_class() -> None:
    scores = np.array([1.0, -1, 2, -2])
    for labels in (np.array([1.0, 1, 1, 0]), np.array([0.0, 0, 0, 1])):
        assert classification_metrics(labels, scores)["majority"] == 0.75


def test_the_figures_of_a_regression_by_hand() -> None:
    found = regression_metrics(np.array([1.0, 2, 6]), np.array([2.0, 2, 3]), median=2.0)
    assert found == {"mae": pytest.approx(4 / 3), "median_mae": pytest.approx(5 / 3)}


def test_the_sigmoid_does_not_overflow() -> None:
    found = sigmoid(np.array([-1000.0, -1, 0, 1, 1000]))
    assert np.allclose(found, [0, 0.2689414213699951, 0.5, 0.7310585786300049, 1], atol=1e-15)


def test_row_wise_log_losses_average_to_scikit_learns() -> None:
    rng = np.random.default_rng(3)
    labels, scores = (rng.random(50) < 0.4).astype(float), rng.normal(0, 3, 50)
    assert log_losses(labels, scores).mean() == pytest.approx(mean_log_loss(labels, scores))
    assert np.isfinite(log_losses(np.array([0.0, 1.0]), np.array([800.0, -800.0]))).all()


def test_the_standard_error_is_that_of_the_mean() -> None:
    differences = np.random.default_rng(3).normal(0, 3, 50)
    assert standard_error(differences) == pytest.approx(pd.Series(differences).sem())
    assert standard_error(differences[:1]) == np.inf
