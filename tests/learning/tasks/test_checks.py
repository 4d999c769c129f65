"""Each rule of the gate refuses alone: hand-made views in which nothing else is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from titanic_mlops.learning.gate.holdout import View
from titanic_mlops.learning.metrics import Floats
from titanic_mlops.learning.tasks import classification, regression

N = 1000
MEN = np.arange(N) < 40


def view(labels: Floats, challenger: Floats, champion: Floats | None = None) -> View:
    return View("whole", "", labels, challenger, champion, (("Sex=male", MEN[: len(labels)]),))


def failed(rules: object, scored: View) -> set[str]:
    checks = list(rules.checks(scored))  # type: ignore[attr-defined]
    assert all(check.name.startswith("whole: ") for check in checks)
    return {check.name.removeprefix("whole: ") for check in checks if not check.passed}


def calibrated() -> tuple[Floats, Floats]:
    """Return labels and log-odds that are true: of AUC 0.85 or so."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 2, N)
    return (rng.random(N) < 1 / (1 + np.exp(-scores))).astype(float), scores


def low_ranks() -> View:
    rng = np.random.default_rng(2)
    labels = (np.arange(N) % 2).astype(np.float64)
    scores: Floats = 0.6 * (labels - 0.5) + rng.normal(size=N)
    return view(labels, scores)


def one_answer() -> View:
    labels, scores = calibrated()
    return view(labels, scores - 50)


def fewer_ranks_better_odds() -> View:
    """The challenger ranks a little worse everywhere; its odds are right, the champion's not."""
    labels, scores = calibrated()
    worse = scores + np.where(np.arange(N) % 2, 0.55, -0.55)
    return view(labels, worse, scores * 2)


def equal_on_average() -> View:
    """Two models that are as good, on few rows and for other reasons: chance may hide much."""
    rng = np.random.default_rng(17)
    labels: Floats = np.arange(100, dtype=np.float64) % 2.0
    first = 1.5 * (labels - 0.5) + rng.normal(size=100)
    second = np.empty(100)
    for label in (0.0, 1.0):  # the same scores, dealt to other rows of the class
        second[labels == label] = rng.permutation(first[labels == label])
    return replace(view(labels, first, second), slices=())


def louder() -> View:
    labels, scores = calibrated()
    return replace(view(labels, scores * 1.3, scores), slices=())


def shyer() -> View:
    """The champion is calibrated but for a few loud errors that cost it its log-loss."""
    labels, scores = calibrated()
    loud = scores.copy()
    wrong = np.flatnonzero((scores < -1) & (labels == 1))[:12]
    loud[wrong] = -25
    return replace(view(labels, scores * 0.35, loud), slices=())


def worse_for_some() -> View:
    labels, scores = calibrated()
    challenger = scores.copy()
    challenger[MEN] *= 0.3
    return view(labels, challenger, scores)


CLASSIFICATION: dict[str, Callable[[], View]] = {
    "AUC floor": low_ranks,
    "better than the majority": one_answer,
    "AUC difference": fewer_ranks_better_odds,
    "AUC lower bound": equal_on_average,
    "log loss": louder,
    "calibration error": shyer,
    "Sex=male": worse_for_some,
}


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_each_rule_of_a_classification_can_refuse_alone(name: str) -> None:
    assert failed(classification, CLASSIFICATION[name]()) == {name}


def test_a_model_passes_against_itself() -> None:
    labels, scores = calibrated()
    assert failed(classification, view(labels, scores, scores)) == set()


def test_a_better_model_passes_and_its_champion_would_not_pass_against_it() -> None:
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
    assert (difference.found, difference.limit) == (0, classification.MIN_GAIN)
    floor = checks["whole: AUC floor"]
    assert floor.limit == 0.70
    assert f"{floor.found:.3f}" in floor.words


def rents() -> tuple[Floats, Floats]:
    rng = np.random.default_rng(4)
    labels = rng.normal(1000, 300, N)
    return labels, labels + rng.normal(0, 100, N)


def little_better_than_the_median() -> View:
    labels, _ = rents()
    return view(labels, np.median(labels) + 0.08 * (labels - np.median(labels)))


def a_hundredth_worse() -> View:
    labels, values = rents()
    return view(labels, labels + 1.01 * (values - labels), values)


def as_good_by_chance() -> View:
    labels, values = rents()
    errors = values - labels
    other = labels + np.random.default_rng(5).permutation(errors)
    return replace(view(labels, other, values), slices=())


def worse_rents_for_some() -> View:
    labels, values = rents()
    challenger = labels + 0.99 * (values - labels)
    challenger[MEN] = labels[MEN] + 1.06 * (values - labels)[MEN]
    return view(labels, challenger, values)


REGRESSION: dict[str, Callable[[], View]] = {
    "error floor": little_better_than_the_median,
    "error ratio": a_hundredth_worse,
    "error ratio upper bound": as_good_by_chance,
    "Sex=male": worse_rents_for_some,
}


@pytest.mark.parametrize("name", REGRESSION)
def test_each_rule_of_a_regression_can_refuse_alone(name: str) -> None:
    assert failed(regression, REGRESSION[name]()) == {name}


def test_a_regression_passes_against_itself_and_against_a_worse_one() -> None:
    labels, values = rents()
    assert failed(regression, view(labels, values, values)) == set()
    worse = labels + 1.5 * (values - labels)
    assert failed(regression, view(labels, values, worse)) == set()
    assert len(failed(regression, view(labels, worse, values))) == 3


def test_without_a_champion_only_floors_are_asked() -> None:
    labels, scores = calibrated()
    names = [c.name for c in classification.checks(view(labels, scores))]
    assert names == ["whole: AUC floor", "whole: better than the majority"]
    rent, values = rents()
    assert [c.name for c in regression.checks(view(rent, values))] == ["whole: error floor"]
