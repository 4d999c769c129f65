"""Passenger -> Survived."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from titanic_mlops.problems.base import Column, Numeric, OneHot, Problem


class Passenger(TypedDict):
    """One passenger of the RMS Titanic, as the public table describes them."""

    PassengerId: NotRequired[Annotated[int, Column(description="number in the table", minimum=1)]]
    Survived: NotRequired[
        Annotated[
            int | None,
            Column(description="1 survived, 0 died; empty when unknown", minimum=0, maximum=1),
        ]
    ]
    Pclass: Annotated[
        int,
        Column(description="ticket class: 1 upper, 2 middle, 3 lower", minimum=1, maximum=3),
    ]
    Name: NotRequired[
        Annotated[str, Column(description="surname, title and given names", personal=True)]
    ]
    Sex: Annotated[Literal["female", "male"], Column(description="sex")]
    Age: Annotated[
        float | None,
        Column(
            description="age; fractional below 1, ending in .5 when estimated",
            unit="years",
            minimum=0,
            maximum=120,
        ),
    ]
    SibSp: Annotated[int, Column(description="siblings and spouses aboard", minimum=0, maximum=10)]
    Parch: Annotated[int, Column(description="parents and children aboard", minimum=0, maximum=10)]
    Ticket: NotRequired[
        Annotated[
            str,
            Column(
                description="ticket number, shared by those who travelled together",
                max_length=50,
                personal=True,
            ),
        ]
    ]
    Fare: Annotated[
        float | None,
        Column(
            description="price of the ticket, for all who share it",
            unit="pounds of 1912",
            minimum=0,
            maximum=1000,
        ),
    ]
    Cabin: NotRequired[
        Annotated[str | None, Column(description="cabin or cabins", max_length=50, personal=True)]
    ]
    Embarked: Annotated[
        Literal["C", "Q", "S"] | None,
        Column(description="port of embarkation: Cherbourg, Queenstown, Southampton"),
    ]


PROBLEM = Problem(
    name="titanic",
    title="Who survived the Titanic",
    record=Passenger,
    task="classification",
    key="PassengerId",
    split_key="Ticket",
    target="Survived",
    target_labels=("died", "survived"),
    features=(
        Numeric("Pclass"),
        OneHot("Sex"),
        Numeric("Age"),
        Numeric("SibSp"),
        Numeric("Parch"),
        Numeric("Fare"),
        OneHot("Embarked"),
        OneHot("Name", pattern=r",\s*([^.]+)\."),
    ),
    slices=("Sex", "Pclass"),
    source="the public Titanic table of 891 passengers",
)
