"""A third problem, for tests only: which of three flowers it is, told by words."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

import numpy as np
import pandas as pd

from titanic_mlops.problems.base import Column, Group, Numeric, OneHot, Problem
from titanic_mlops.rules.split import split_of


class Flower(TypedDict):
    """One flower in a meadow."""

    flower: Annotated[str, Column(description="number of the flower", max_length=20)]
    length: Annotated[float, Column(description="leaf length", unit="cm", minimum=0, maximum=50)]
    width: Annotated[float, Column(description="leaf width", unit="cm", minimum=0, maximum=50)]
    colour: Annotated[Literal["blue", "red", "white"] | None, Column(description="colour")]
    soil: Annotated[Literal["clay", "sand"], Column(description="what it grows in")]
    kind: NotRequired[
        Annotated[Literal["aster", "poppy", "rose"] | None, Column(description="which flower")]
    ]


PROBLEM = Problem(
    name="flowers",
    title="Which flower it is",
    record=Flower,
    task="multiclass",
    key="flower",
    target="kind",
    features=(Numeric("length"), Numeric("width"), OneHot("colour"), OneHot("soil")),
    groups=(Group("leaf", ("length", "width")),),
    slices=("soil",),
    source="invented",
)
KINDS = PROBLEM.classes


def flowers(n_rows: int, seed: int) -> pd.DataFrame:
    """Return flowers with their split: a kind shifts its sizes and prefers a colour."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, n_rows)
    length = 10 + 3 * kind + rng.normal(0, 2.5, n_rows)
    shown = np.where(rng.random(n_rows) < 0.6, kind, rng.integers(0, 3, n_rows))
    names = [f"flower {i:05}" for i in range(n_rows)]
    return pd.DataFrame(
        {
            "flower": names,
            "length": length.round(2),
            "width": (length / 3 - kind + rng.normal(0, 0.7, n_rows)).round(2),
            "colour": pd.Series(
                [None if i % 15 == 0 else ("blue", "red", "white")[c] for i, c in enumerate(shown)],
                dtype=object,
            ),
            "soil": rng.choice(["clay", "sand"], n_rows),
            "kind": [str(KINDS[number]) for number in kind],
            "split": [split_of(PROBLEM.name, name) for name in names],
        }
    )
