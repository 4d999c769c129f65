"""The χ² distribution without scipy, which no deployed function but the training has."""

from __future__ import annotations

import math


def survival(x: float, freedom: int) -> float:
    """Return P(X > x) for `freedom` degrees (Abramowitz and Stegun 1964, 26.4.4 and 26.4.5)."""
    half = x / 2
    tail = 0.0 if freedom % 2 == 0 else math.erfc(math.sqrt(half))
    for step in range(freedom // 2):
        power = step + freedom % 2 / 2
        tail += math.exp(power * math.log(half) - half - math.lgamma(power + 1)) if x > 0 else 0.0
    return tail if x > 0 else 1.0


def upper_quantile(share: float, freedom: int) -> float:
    """Return the value that is exceeded with the probability `share`, by bisection.

    Raises:
        ValueError: `share` is not between 0 and 1, or there is no degree of freedom.
    """
    if not 0 < share < 1 or freedom < 1:
        raise ValueError(f"there is no χ² quantile of {share} with {freedom} degrees of freedom")
    low, high = 0.0, float(freedom)
    while survival(high, freedom) > share:
        low, high = high, 2 * high
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if survival(middle, freedom) > share else (low, middle)
    return (low + high) / 2
