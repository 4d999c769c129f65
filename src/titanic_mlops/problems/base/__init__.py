"""All that a declaration is written with. A problem checks its declaration when it is made."""

from __future__ import annotations

from titanic_mlops.problems.base.columns import (
    FLOAT64_RANGE,
    INT64_RANGE,
    Column,
    Record,
    Scalar,
)
from titanic_mlops.problems.base.features import Feature, HashedWords, Numeric, OneHot
from titanic_mlops.problems.base.problem import Problem
from titanic_mlops.problems.base.roles import ANSWER_TYPES

__all__ = [
    "ANSWER_TYPES",
    "FLOAT64_RANGE",
    "INT64_RANGE",
    "Column",
    "Feature",
    "HashedWords",
    "Numeric",
    "OneHot",
    "Problem",
    "Record",
    "Scalar",
]
