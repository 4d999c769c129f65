"""Regression: an answer in words."""

from __future__ import annotations

import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.learning.tasks import regression


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
    answered = {"prediction": prediction} | (
        {"interval": interval, "interval_level": 0.9} if interval else {}
    )
    assert regression.answer_words(FLATS, answered) == words
