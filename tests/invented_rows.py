"""Rows of the invented problem: rents that follow a rule, with noise of 40 euros."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.invented_problem import PROBLEM
from titanic_mlops.rules.split import split_of

HEATING = {"gas": 0.0, "oil": -60.0, "wood": 80.0}
ADVERTS = {"Balkon, großer Garten": 120.0, "renovated": 50.0, "quiet street": 0.0}


def flats(n_rows: int, seed: int) -> pd.DataFrame:
    """Return flats with their split, two to a house; every tenth does not say its rooms."""
    rng = np.random.default_rng(seed)
    area = rng.uniform(20, 200, n_rows).round(1)
    rooms = rng.integers(1, 7, n_rows)
    heating = rng.choice(list(HEATING), n_rows)
    advert = [list(ADVERTS)[i] for i in rng.integers(0, len(ADVERTS), n_rows)]
    known = np.array([HEATING[h] + ADVERTS[a] for h, a in zip(heating, advert, strict=True)])
    houses = [f"house {i // 2}" for i in range(n_rows)]
    return pd.DataFrame(
        {
            "flat": [f"flat {i:05}" for i in range(n_rows)],
            "house": houses,
            "area": area,
            "rooms": pd.Series(
                [None if i % 10 == 0 else int(r) for i, r in enumerate(rooms)], dtype=object
            ),
            "heating": heating,
            "advert": pd.Series(advert, dtype=object),
            "rent": 500 + 6 * area + 40 * rooms + known + rng.normal(0, 40, n_rows),
            "split": [split_of(PROBLEM.name, house) for house in houses],
        }
    )
