"""Years of work -> salary."""

from __future__ import annotations

from typing import Annotated, TypedDict

from titanic_mlops.problems.base import Column, Numeric, Problem


class Employee(TypedDict):
    """One employee who was asked about pay."""

    YearsExperience: Annotated[
        float,
        Column(description="years of work in the profession", unit="years", minimum=0, maximum=60),
    ]
    Salary: Annotated[
        float | None,
        Column(description="salary a year", unit="US dollars", minimum=0, maximum=1_000_000),
    ]


PROBLEM = Problem(
    name="salary",
    title="What experience is worth",
    description="The yearly salary from the years of work: a straight line through thirty people.",
    record=Employee,
    task="regression",
    target="Salary",
    target_decimals=0,
    features=(Numeric("YearsExperience"),),
    family="linear",
    examples=({"YearsExperience": 5.5},),
    source="a public table of 30 people, widely used to teach linear regression",
)
