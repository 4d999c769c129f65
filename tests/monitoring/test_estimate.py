"""The estimate of quality from probabilities alone, beside the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from titanic_mlops.learning.labels import labels_of
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.probabilities import sigmoid
from titanic_mlops.learning.training import train
from titanic_mlops.learning.training.fit import records_of
from titanic_mlops.monitoring.estimate import Estimate, estimate_of
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import TEST, TRAIN, split_of

SPLITS = 40


def errors(problem: Problem, table: pd.DataFrame, salt: str) -> tuple[float, float, float]:
    """Return estimate minus truth of AUC, log-loss and accuracy, on rows not trained on.

    44 % of the tickets are held out, so that a window has 400 rows: with 200 the truth itself has
    an error of 0.025.
    """
    rows = table.copy()
    rows["split"] = [
        TEST if split_of(f"{salt} more", key) != TRAIN else split_of(salt, key)
        for key in rows[problem.split_key]
    ]
    model = train(problem, rows)
    held = records_of(rows, TEST)
    labels, probabilities = labels_of(problem, held), sigmoid(model.scores(held))
    found = estimate_of(probabilities, two_classes=True)
    assert found is not None
    assert found.auc is not None
    return (
        found.auc - float(roc_auc_score(labels, probabilities)),
        found.log_loss - float(log_loss(labels, probabilities)),
        found.accuracy - float(accuracy_score(labels, probabilities > 0.5)),
    )


def calibrated(n: int, seed: int) -> tuple[Floats, Floats]:
    draw = np.random.default_rng(seed)
    probabilities = draw.beta(1, 1.5, n)
    return probabilities, (draw.random(n) < probabilities).astype(float)


def test_the_estimate_is_right_for_right_probabilities() -> None:
    """Over 200 samples of 300 rows its mean error is below what chance explains."""
    differences = []
    for seed in range(200):
        probabilities, labels = calibrated(300, seed)
        found = estimate_of(probabilities, two_classes=True)
        assert found is not None
        assert found.auc is not None
        truth = roc_auc_score(labels, probabilities), log_loss(labels, probabilities)
        right = accuracy_score(labels, probabilities > 0.5)
        differences.append(
            (found.auc - truth[0], found.log_loss - truth[1], found.accuracy - right)
        )
    means = np.abs(np.mean(differences, axis=0))
    chance = np.std(differences, axis=0) / np.sqrt(len(differences))
    assert (means < 3 * chance + 0.002).all()


def test_the_estimated_auc_is_the_expectation_over_labels() -> None:
    """Equal to the sum over all pairs of rows, ties counting half."""
    probabilities = np.random.default_rng(1).beta(1, 1, 200).round(1)
    above = (probabilities[:, None] > probabilities) + (probabilities[:, None] == probabilities) / 2
    weight = probabilities[:, None] * (1 - probabilities)
    np.fill_diagonal(weight, 0)
    found = estimate_of(probabilities, two_classes=True)
    assert found is not None
    assert found.auc == pytest.approx((weight * above).sum() / weight.sum())


def test_an_estimate_needs_200_predictions_and_is_named_as_one() -> None:
    probabilities, _ = calibrated(200, 1)
    assert estimate_of(probabilities[:199], two_classes=True) is None
    found = estimate_of(probabilities, two_classes=True)
    assert isinstance(found, Estimate)
    assert found.sentence.startswith("Estimated without labels")
    assert "AUC" in found.sentence


def test_several_classes_have_an_estimated_accuracy() -> None:
    found = estimate_of(np.full(300, 0.4), two_classes=False)
    assert found is not None
    assert found.accuracy == pytest.approx(0.4)
    assert found.auc is None
    assert "AUC" not in found.sentence


def test_sure_probabilities_have_no_estimated_auc() -> None:
    found = estimate_of(np.zeros(300), two_classes=True)
    assert found is not None
    assert (found.auc, found.accuracy) == (None, 1.0)


@pytest.mark.parametrize("salt", ["a", "b", "c"])
def test_the_estimate_is_near_the_truth_on_the_real_table(
    titanic: Problem, titanic_rows: pd.DataFrame, salt: str
) -> None:
    auc, loss, accuracy = errors(titanic, titanic_rows, salt)
    assert abs(auc) < 0.08
    assert abs(loss) < 0.2
    assert abs(accuracy) < 0.1


@pytest.mark.soak
def test_the_estimate_is_near_the_truth_over_40_splits(
    titanic: Problem, titanic_rows: pd.DataFrame
) -> None:
    found = np.array([errors(titanic, titanic_rows, f"split {n}") for n in range(SPLITS)])
    means, largest = np.abs(found).mean(axis=0), np.abs(found).max(axis=0)
    told = f"bias {found.mean(axis=0)}, mean error {means}, largest {largest}"
    assert (means < [0.05, 0.12, 0.05]).all(), told
    print(told)  # noqa: T201 what the measurement is for
