"""Regression: each rule of the gate, on hand-made views in which all else is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.learning.comparison.views import MEN, N, failed, view
from titanic_mlops.learning.comparison import regression
from titanic_mlops.learning.holdout import View
from titanic_mlops.learning.model import Floats


def rents() -> tuple[Floats, Floats]:
    rng = np.random.default_rng(4)
    labels = rng.normal(1000, 300, N)
    return labels, labels + rng.normal(0, 100, N)


def better_than_the_median_by_chance() -> View:
    """Return a model that is right about two rents of many, and else answers the median."""
    labels, _ = rents()
    values = np.full(N, np.median(labels))
    values[:2] = labels[:2]
    return view(labels, values)


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
    "error floor": better_than_the_median_by_chance,
    "error ratio": a_hundredth_worse,
    "error ratio upper bound": as_good_by_chance,
    "Sex=male": worse_rents_for_some,
}


@pytest.mark.parametrize("name", FAILING)
def test_each_rule_can_fail_alone(name: str) -> None:
    assert failed(regression, FAILING[name]()) == {name}


def test_a_slice_that_is_worse_by_chance_passes() -> None:
    """A single row of the slice makes the difference: within two standard errors."""
    labels, values = rents()
    challenger = values.copy()
    challenger[0] = labels[0] + 1000
    found = {c.name: c for c in regression.checks(view(labels, challenger, values))}
    check = found["whole: Sex=male"]
    theirs = np.abs(labels - values)[MEN].mean()
    assert check.passed
    assert check.found > regression.MAX_SLICE_RATIO * theirs


def test_a_regression_passes_against_itself_and_a_worse_model() -> None:
    labels, values = rents()
    assert failed(regression, view(labels, values, values)) == set()
    worse = labels + 1.5 * (values - labels)
    assert failed(regression, view(labels, values, worse)) == set()
    assert len(failed(regression, view(labels, worse, values))) == 3
