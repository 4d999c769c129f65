"""Regression: each rule of the gate, on hand-made views in which all else is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.invented_problem import PROBLEM as FLATS
from tests.learning.tasks.views import MEN, N, failed, view
from titanic_mlops.learning.holdout import View
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.tasks import regression


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


FAILING: dict[str, Callable[[], View]] = {
    "error floor": little_better_than_the_median,
    "error ratio": a_hundredth_worse,
    "error ratio upper bound": as_good_by_chance,
    "Sex=male": worse_rents_for_some,
}


@pytest.mark.parametrize("name", FAILING)
def test_each_rule_can_fail_alone(name: str) -> None:
    assert failed(regression, FAILING[name]()) == {name}


def test_a_regression_passes_against_itself_and_a_worse_model() -> None:
    labels, values = rents()
    assert failed(regression, view(labels, values, values)) == set()
    worse = labels + 1.5 * (values - labels)
    assert failed(regression, view(labels, values, worse)) == set()
    assert len(failed(regression, view(labels, worse, values))) == 3


@pytest.mark.parametrize(
    ("prediction", "interval", "words"),
    [
        (6.9925, [5.041, 8.944], "rent = 6.99, 90 % interval: 5.04 to 8.94"),
        (1234.5678, [1100.04, 1369.09], "rent = 1,235, 90 % interval: 1,100 to 1,369"),
        (0.0012345, [0.00105, 0.001419], "rent = 0.001234, 90 % interval: 0.001050 to 0.001419"),
        (7.0, [7.0, 7.0], "rent = 7.00, 90 % interval: 7.00 to 7.00"),
        (950.123, None, "rent = 950.1"),
    ],
)
def test_an_answer_is_as_precise_as_its_interval(
    prediction: float, interval: list[float] | None, words: str
) -> None:
    answered = {"prediction": prediction} | ({"interval": interval} if interval else {})
    assert regression.answer_words(FLATS, answered) == words
