from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from titanic_mlops.learning.amounts import amounts_of, factors_of


def reasons(rng: np.random.Generator, players: int, width: float) -> dict[str, float]:
    return {f"p{i}": float(share) for i, share in enumerate(rng.normal(0, width, players))}


def answered(baseline: float, contributions: dict[str, float]) -> float:
    return math.exp(baseline + math.fsum(contributions.values()))


def test_factors_multiply_the_baseline_to_the_answer() -> None:
    contributions = {"size": 0.44, "clarity": 0.06, "cut": -0.02}
    factors = factors_of(contributions)
    assert factors["size"] == pytest.approx(1.5527, abs=1e-4)
    product = math.exp(7.8) * math.prod(factors.values())
    assert product == pytest.approx(answered(7.8, contributions), rel=1e-12)


@pytest.mark.parametrize("width", [1.0, 1e-3, 1e-9, 1e-13])
def test_amounts_sum_to_the_answer_near_and_far_from_the_baseline(width: float) -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        contributions = reasons(rng, 6, width)
        baseline, amounts = amounts_of(contributions, 7.8, answered(7.8, contributions))
        distance = math.exp(7.8) * math.expm1(math.fsum(contributions.values()))
        assert math.fsum(amounts.values()) == pytest.approx(distance, rel=1e-11)
        assert baseline == math.exp(7.8)
        for name, share in contributions.items():
            assert math.copysign(1, amounts[name]) == math.copysign(1, share)


@pytest.mark.parametrize("decimals", [0, 2, 4])
def test_rounded_amounts_still_sum_to_the_answer(decimals: int) -> None:
    rng = np.random.default_rng(decimals)
    for _ in range(300):
        contributions = reasons(rng, int(rng.integers(1, 9)), float(rng.choice([1, 0.01, 1e-6])))
        answer = round(answered(6.1, contributions), decimals)
        baseline, amounts = amounts_of(contributions, 6.1, answer, decimals=decimals)
        exact = amounts_of(contributions, 6.1, answer)[1]
        parts = [Decimal(repr(part)) for part in (baseline, *amounts.values())]
        assert all(part == round(part, decimals) for part in parts)
        assert sum(parts) == Decimal(repr(answer))
        for name, amount in amounts.items():
            assert abs(amount - exact[name]) <= 2 / 10**decimals


def test_a_player_without_a_contribution_has_no_amount() -> None:
    contributions = {"a": 0.3, "none": 0.0, "b": -0.1234}
    answer = float(round(answered(5.0, contributions)))
    assert amounts_of(contributions, 5.0, answer, decimals=0)[1]["none"] == 0


def test_reasons_that_cancel_have_amounts_that_cancel() -> None:
    baseline, amounts = amounts_of({"a": 0.25, "b": -0.25}, 0.0, 1.0)
    assert (baseline, amounts) == (1.0, {"a": 0.25, "b": -0.25})


def test_an_answer_at_its_minimum_is_shared_as_well() -> None:
    """exp(-2) is below the minimum of 1: the players lower 1.65 to 1."""
    baseline, amounts = amounts_of({"a": -2.0, "b": -0.5}, 0.5, 1.0, least=1.0)
    assert baseline == math.exp(0.5)
    assert baseline + sum(amounts.values()) == pytest.approx(1.0, rel=1e-12)
    assert amounts["a"] == pytest.approx(4 * amounts["b"])
    assert amounts["a"] < 0


def test_a_baseline_below_the_minimum_leaves_nothing_to_share() -> None:
    assert amounts_of({"a": -0.1, "b": 0.05}, -1.0, 1.0, least=1.0) == (1.0, {"a": 0, "b": 0})


def test_an_immense_answer_has_finite_amounts() -> None:
    contributions = {"a": 900.0, "b": -100.0}
    baseline, amounts = amounts_of(contributions, 10.0, math.exp(230.0))
    assert baseline + sum(amounts.values()) == pytest.approx(math.exp(230.0))
    assert all(math.isfinite(factor) for factor in factors_of(contributions).values())
