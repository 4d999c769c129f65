"""A difference counts beyond its margin and beyond chance: 1.645 standard errors."""

from __future__ import annotations

import pytest

from titanic_mlops.learning.verdict import Paired


def paired(worse: float, *, error: float, margin: float = 0.01) -> Paired:
    return Paired("AUC", worse, error, margin, "its AUC is lower")


@pytest.mark.parametrize(
    ("worse", "error", "passed"),
    [
        (0.0100, 0.001, True),
        (0.0101, 0.001, False),
        (0.1640, 0.100, True),
        (0.1650, 0.100, False),
    ],
    ids=["at the margin", "beyond the margin", "by chance", "beyond chance"],
)
def test_a_worse_model_fails_beyond_margin_and_chance(
    worse: float, error: float, *, passed: bool
) -> None:
    assert paired(worse, error=error).check("whole").passed is passed


@pytest.mark.parametrize(("worse", "better"), [(-0.164, False), (-0.165, True), (0.165, False)])
def test_a_model_is_proven_better_beyond_chance(worse: float, *, better: bool) -> None:
    assert paired(worse, error=0.1).proves_better is better
