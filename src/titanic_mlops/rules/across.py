"""The declared rules across the columns of a row, for one row and for many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.errors import Fault
from titanic_mlops.problems.base import Problem, Rule, Scalar

Floats = NDArray[np.float64]


def broken_rules(problem: Problem, values: Mapping[str, Scalar]) -> Iterator[Fault]:
    """Yield a fault for each rule that does not hold; one with a missing value is not asked."""
    for rule in problem.rules:
        found = [values.get(name) for name in rule.columns]
        if any(value is None for value in found):
            continue
        if not _holds(rule, [np.array([value], np.float64) for value in found])[0]:
            first = rule.columns[0]
            yield Fault(first, rule.name, f"is {values[first]}", rule.expected)


def rows_that_hold(
    problem: Problem, column: Callable[[str], Floats], rows: int
) -> NDArray[np.bool_]:
    """Return which of `rows` rows break no rule, shape (rows,).

    `column` gives the numbers of a column, NaN where one is missing.
    """
    valid = np.ones(rows, np.bool_)
    for rule in problem.rules:
        arrays = [column(name) for name in rule.columns]
        unknown = np.isnan(np.stack(arrays)).any(axis=0)
        valid &= unknown | _holds(rule, arrays)
    return valid


def _holds(rule: Rule, arrays: list[Floats]) -> NDArray[np.bool_]:
    # a division by zero gives an infinite number or NaN, for which a comparison does not hold
    with np.errstate(all="ignore"):
        held = np.asarray(rule.holds(*arrays), np.bool_)
    return held & np.ones(len(arrays[0]), np.bool_)
