"""Invented sales, of the problem that uses every word of a declaration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import numpy as np
import pandas as pd

from titanic_mlops.problems.base import Record

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def sales(n_rows: int, seed: int) -> pd.DataFrame:
    """Return invented sales as a snapshot holds them, with missing values of every kind."""
    draw = np.random.default_rng(seed)
    days = [NOON.date() + timedelta(days=int(day)) for day in draw.integers(0, 300, n_rows)]
    member, width = draw.random(n_rows) < 0.4, draw.gamma(4, 10, n_rows).round(1)
    chance = 1 / (1 + np.exp(-(width - 40) / 10))
    rows = {
        "sold": [day.isoformat() for day in days],
        "paid": [
            f"{day}T{hour:02}:30:00"
            for day, hour in zip(days, draw.integers(0, 24, n_rows), strict=True)
        ],
        "turnover": draw.gamma(2, 50, n_rows).round(2),
        "size": draw.choice(["S", "M", "L"], n_rows, p=[0.5, 0.4, 0.1]),
        "colours": draw.choice(["red", "blue/red", "green", "it's/red"], n_rows),
        "uses": draw.choice(["indoors", "indoors+sport", "sport"], n_rows),
        "member": member,
        "width": width,
        "height": draw.gamma(4, 10, n_rows).round(1),
        "remark": draw.choice(["gut", "sehr gut", "zu groß 😀", "nie wieder"], n_rows),
        "returned": np.where(draw.random(n_rows) < chance, "yes", "no"),
    }
    table = pd.DataFrame(rows).astype(object)
    for name in ("paid", "turnover", "size", "colours", "uses", "remark"):
        table.loc[draw.random(n_rows) < 0.1, name] = None
    table["area"] = None
    table["split"] = draw.choice(["TRAIN", "VALIDATION", "TEST"], n_rows, p=[0.7, 0.1, 0.2])
    return table


def sales_records(rows: pd.DataFrame) -> list[Record]:
    """Return rows as records, without their split."""
    plain = rows.drop(columns="split").astype(object)
    return cast("list[Record]", plain.where(plain.notna(), None).to_dict("records"))
