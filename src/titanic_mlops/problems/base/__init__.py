"""All that a declaration is written with. A problem checks its declaration when it is made."""

from __future__ import annotations

from titanic_mlops.problems.base.columns import (
    FLOAT64_RANGE,
    INT64_RANGE,
    Column,
    Record,
    Scalar,
)
from titanic_mlops.problems.base.dialect import Dialect
from titanic_mlops.problems.base.explaining import Group, IntervalBy
from titanic_mlops.problems.base.features import (
    DateParts,
    Feature,
    Members,
    Numeric,
    OneHot,
    Ordered,
    Words,
)
from titanic_mlops.problems.base.problem import Problem
from titanic_mlops.problems.base.rule import Rule

__all__ = [
    "FLOAT64_RANGE",
    "INT64_RANGE",
    "Column",
    "DateParts",
    "Dialect",
    "Feature",
    "Group",
    "IntervalBy",
    "Members",
    "Numeric",
    "OneHot",
    "Ordered",
    "Problem",
    "Record",
    "Rule",
    "Scalar",
    "Words",
]
