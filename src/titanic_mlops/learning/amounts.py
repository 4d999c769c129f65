"""The reasons of a logarithmic answer for people: factors, and amounts that sum to the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

LARGEST_LOG = 230.0
"""The exponential of it is 1e100: answers stay finite, and so do their squares."""


@dataclass(frozen=True, slots=True)
class Units:
    """What limits and rounds an answer whose logarithm was learned."""

    least: float | None = None
    decimals: int | None = None

    def document(
        self, contributions: Mapping[str, float], baseline: float, answer: float
    ) -> dict[str, Any]:
        """Return the factors and amounts of an answer as plain JSON values."""
        base, amounts = amounts_of(
            contributions, baseline, answer, least=self.least, decimals=self.decimals
        )
        factors = factors_of(contributions)
        return {"factors": factors, "baseline_amount": base, "amounts": amounts}


def factors_of(contributions: Mapping[str, float]) -> dict[str, float]:
    """Return by what each player multiplies the answer: exp(contribution)."""
    return {name: math.exp(min(share, LARGEST_LOG)) for name, share in contributions.items()}


def amounts_of(
    contributions: Mapping[str, float],
    baseline: float,
    answer: float,
    *,
    least: float | None = None,
    decimals: int | None = None,
) -> tuple[float, dict[str, float]]:
    """Return the baseline's amount and each player's, in units of the target.

    `contributions` and `baseline` are logarithms; `answer` is the value that was answered, never
    below `least`. The players share what separates the answer from exp(baseline), in proportion
    to their contributions. With `decimals`, which the answer has too, every amount is rounded so
    that all still sum to the answer.
    """
    total = math.fsum(contributions.values())
    base = math.exp(min(baseline, LARGEST_LOG))
    limited = base if least is None else max(base, least)
    slope = _slope(total, base, min(total, LARGEST_LOG - baseline))
    if least is not None and min(base, answer) <= least:
        slope = (answer - limited) / total if total else 0.0
    amounts = {name: share * slope for name, share in contributions.items()}
    if decimals is None:
        return limited, amounts
    unit = 10**decimals
    base_units = round(Fraction(limited) * unit)
    units = _rounded(
        {name: Fraction(amount) * unit for name, amount in amounts.items()},
        round(Fraction(answer) * unit) - base_units,
    )
    return base_units / unit, {name: whole / unit for name, whole in units.items()}


def _slope(total: float, base: float, distance: float) -> float:
    """Return the units of the target for one unit of a contribution.

    The form (answer - base) / total loses its digits where the answer is near the baseline.
    """
    return base * math.expm1(distance) / total if total else base


def _rounded(amounts: dict[str, Fraction], total: int) -> dict[str, int]:
    """Return whole amounts that sum to `total`; those with the largest remainders are rounded up.

    What the exact amounts lack of `total`, less than a unit or two, falls to the largest one.
    """
    largest = max(amounts, key=lambda name: abs(amounts[name]))
    exact = {**amounts, largest: amounts[largest] + total - sum(amounts.values())}
    whole = {name: math.floor(amount) for name, amount in exact.items()}
    missing = total - sum(whole.values())
    for name in sorted(exact, key=lambda name: whole[name] - exact[name])[:missing]:
        whole[name] += 1
    return whole
