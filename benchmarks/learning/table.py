"""The public table and its splits: 20 % held out, by row or by whole ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit

from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training import records_of
from titanic_mlops.problems.base import Record
from titanic_mlops.problems.titanic import PROBLEM
from titanic_mlops.rules.split import TEST, TRAIN

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
HELD_OUT = 0.2
SPLITS = 40


@dataclass(frozen=True, slots=True)
class Split:
    """One division of the table; `seed` numbers it."""

    seed: int
    training: list[Record]
    holdout: list[Record]

    @property
    def labels(self) -> Floats:
        """Return the labels of the held-out rows."""
        return labels_of(self.holdout)

    @property
    def reduced(self) -> list[Record]:
        """Return the held-out rows without the optional columns."""
        return [PROBLEM.without_optional(record) for record in self.holdout]


def read_table() -> pd.DataFrame:
    """Return the table, sorted by key as a snapshot is, with the id of each record."""
    rows = pd.read_csv(TABLE).sort_values(PROBLEM.key, ignore_index=True)
    return rows.assign(record_id=rows[PROBLEM.key].astype(str))


def split_rows(table: pd.DataFrame, seed: int) -> Split:
    """Hold out 20 % of the rows."""
    held_out = ShuffleSplit(1, test_size=HELD_OUT, random_state=seed)
    return _divided(table, seed, next(held_out.split(table))[1])


def split_tickets(table: pd.DataFrame, seed: int) -> Split:
    """Hold out the rows of 20 % of the tickets, so that no family is on both sides."""
    held_out = GroupShuffleSplit(1, test_size=HELD_OUT, random_state=seed)
    return _divided(table, seed, next(held_out.split(table, groups=table[PROBLEM.split_key]))[1])


WAYS: dict[str, Callable[[pd.DataFrame, int], Split]] = {
    "rows at random": split_rows,
    "whole tickets": split_tickets,
}


def labels_of(records: Sequence[Record]) -> Floats:
    """Return the labels of records, shape (n_records,)."""
    return np.array([record[PROBLEM.target] for record in records], dtype=float)


def _divided(table: pd.DataFrame, seed: int, held_out: np.ndarray) -> Split:
    side = np.full(len(table), TRAIN, dtype=object)
    side[held_out] = TEST
    marked = table.assign(split=side)
    return Split(seed, records_of(marked, TRAIN), records_of(marked, TEST))
