"""Classification: a probability, and labels of one class."""

from __future__ import annotations

import numpy as np
import pytest

from titanic_mlops.learning.tasks.classification import measurable, probability_of


@pytest.mark.parametrize(
    ("score", "expected"), [(0.0, 0.5), (1.0, 0.7310585786300049), (800.0, 1.0), (-800.0, 0.0)]
)
def test_a_probability_is_the_logistic_function_without_overflow(
    score: float, expected: float
) -> None:
    assert probability_of(score) == pytest.approx(expected, abs=1e-15)
    assert probability_of(-score) == pytest.approx(1 - expected, abs=1e-15)


def test_labels_of_one_class_have_no_figures() -> None:
    assert not measurable(np.ones(5))
    assert measurable(np.array([0.0, 1.0]))
