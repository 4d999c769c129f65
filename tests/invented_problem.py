"""A second problem, for tests only: the monthly rent of a flat."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from titanic_mlops.problems.base import Column, Numeric, OneHot, Problem, Words


class Flat(TypedDict):
    """One flat to let."""

    flat: Annotated[str, Column(description="number of the advertisement", max_length=20)]
    house: Annotated[str, Column(description="the house it is in", max_length=20)]
    area: Annotated[float, Column(description="floor area", unit="m²", minimum=5, maximum=1000)]
    rooms: Annotated[int | None, Column(description="rooms", minimum=1, maximum=20)]
    heating: Annotated[Literal["gas", "oil", "wood"], Column(description="what heats it")]
    advert: NotRequired[
        Annotated[str, Column(description="text of the advertisement", max_length=500)]
    ]
    rent: NotRequired[
        Annotated[
            float | None,
            Column(description="rent a month", unit="euros", minimum=1, maximum=100_000),
        ]
    ]


PROBLEM = Problem(
    name="flats",
    title="What a flat costs a month",
    record=Flat,
    task="regression",
    key="flat",
    split_key="house",
    target="rent",
    target_labels=(),
    features=(
        Numeric("area"),
        Numeric("rooms"),
        OneHot("heating"),
        Words("advert"),
    ),
    slices=("heating",),
    source="invented",
)
