"""Stone -> price."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from titanic_mlops.problems.base import (
    Column,
    Group,
    IntervalBy,
    Numeric,
    Ordered,
    Problem,
    Rule,
)

DEPTH_TOLERANCE = 2.0
"""Percentage points: rounding sizes to 0.01 mm moves the depth of a small stone by 0.5."""


class Diamond(TypedDict):
    """One cut diamond that is for sale."""

    carat: Annotated[float, Column(description="weight", unit="carat", minimum=0.1, maximum=10)]
    cut: Annotated[
        Literal["Fair", "Good", "Very Good", "Premium", "Ideal"],
        Column(description="quality of the cut, the worst first"),
    ]
    color: Annotated[
        Literal["J", "I", "H", "G", "F", "E", "D"],
        Column(description="colour, from yellowish J to colourless D"),
    ]
    clarity: Annotated[
        Literal["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
        Column(description="clarity, from visible inclusions I1 to flawless IF"),
    ]
    depth: Annotated[
        float,
        Column(description="height in percent of the width", unit="%", minimum=40, maximum=80),
    ]
    table: Annotated[
        float,
        Column(description="top facet in percent of the width", unit="%", minimum=40, maximum=100),
    ]
    price: Annotated[
        int | None,
        Column(
            description="price; -1 when unknown",
            unit="US dollars",
            minimum=1,
            maximum=1_000_000,
            unknown=(-1,),
        ),
    ]
    x: Annotated[float, Column(description="length", unit="mm", minimum=0.5, maximum=25)]
    y: Annotated[float, Column(description="width", unit="mm", minimum=0.5, maximum=25)]
    z: Annotated[float, Column(description="height", unit="mm", minimum=0.5, maximum=25)]


PROBLEM = Problem(
    name="diamonds",
    title="What a diamond costs",
    description="The price of a cut diamond from its weight, size, cut, colour and clarity.",
    record=Diamond,
    task="regression",
    target="price",
    target_transform="log",
    target_decimals=0,
    features=(
        Numeric("carat"),
        Ordered("cut"),
        Ordered("color"),
        Ordered("clarity"),
        Numeric("depth"),
        Numeric("table"),
        Numeric("x"),
        Numeric("y"),
        Numeric("z"),
    ),
    groups=(Group("size", ("carat", "x", "y", "z")),),
    interval_by=IntervalBy("carat", (0.5, 1.0, 1.5)),
    slices=("cut", "color"),
    rules=(
        Rule(
            "depth_agrees",
            ("depth", "x", "y", "z"),
            lambda depth, x, y, z: abs(depth - 200 * z / (x + y)) <= DEPTH_TOLERANCE,
            "must be z in percent of the mean of x and y",
        ),
    ),
    examples=(
        {
            "carat": 0.7,
            "cut": "Ideal",
            "color": "G",
            "clarity": "VS2",
            "depth": 61.8,
            "table": 56.0,
            "x": 5.71,
            "y": 5.74,
            "z": 3.54,
        },
    ),
    source="5,000 of the public table of 53,940 diamonds, as the package plotnine carries it (MIT)",
)
