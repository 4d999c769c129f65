"""The public tables, as the platform accepts them, and their splits by hash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from titanic_mlops.ingestion import Source, check_file
from titanic_mlops.learning.labels import labels_of
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training import records_of
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN, VALIDATION, split_of

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "dataset"
BESIDE = ROOT.parent / "shared" / "dataset"
"""Where other samples of the same tables may lie; they are no part of this repository."""
SPLITS = 20


@dataclass(frozen=True)
class Table:
    """The labelled rows that the platform accepts of a file, each record once."""

    problem: Problem
    rows: pd.DataFrame
    shipped: bool

    @property
    def words(self) -> str:
        """Return what the table is, for a sentence."""
        where = "of the shipped table" if self.shipped else "of another public sample"
        return f"{len(self.rows):,} rows {where}"

    def divided(self, seed: int) -> Division:
        """Return the rows with their split: 70, 10 and 20 % of the split groups, by hash."""
        groups = self.rows[self.problem.split_column or "record_id"]
        splits = [split_of(f"{self.problem.name}{seed}", group) for group in groups]
        return Division(seed, self.problem, self.rows.assign(split=splits))


@dataclass(frozen=True)
class Division:
    """One split of a table; `seed` numbers it."""

    seed: int
    problem: Problem
    rows: pd.DataFrame

    @cached_property
    def training(self) -> list[Record]:
        """Return the rows that models are fitted on."""
        return records_of(self.rows, TRAIN)

    @cached_property
    def validation(self) -> list[Record]:
        """Return the rows that say how long to learn."""
        return records_of(self.rows, VALIDATION)

    @cached_property
    def holdout(self) -> list[Record]:
        """Return the rows that measure."""
        return records_of(self.rows, TEST)

    @cached_property
    def labels(self) -> Floats:
        """Return the labels of the held-out rows (n,), in units of the target."""
        return labels_of(self.problem, self.holdout)


Forecast = Callable[[Division], Floats]
"""Fit on a division; return for its holdout (n,) probabilities, or values of the target."""


def read_table(problem: Problem, folder: Path = BESIDE) -> Table:
    """Return the table of a problem: the file in `folder` if there is one, else the shipped one."""
    name = f"{problem.name}.csv"
    shipped = problem.name == "titanic" or not (folder / name).exists()
    path = (SHIPPED if shipped else folder) / name
    with TemporaryDirectory() as made:
        accepted = Path(made) / "accepted"
        source = Source(name, "1", 1, datetime(2000, 1, 1, tzinfo=UTC))
        check_file(path, problem, source, accepted=accepted, rejected=Path(made) / "rejected")
        rows: pd.DataFrame = pq.read_table(accepted).to_pandas(integer_object_nulls=True)
    known = rows[rows[problem.target].notna()].drop_duplicates("record_id")
    columns = [*problem.by_name, "record_id"]
    return Table(problem, known.sort_values("record_id", ignore_index=True)[columns], shipped)


def constant(value: float, like: Floats) -> Floats:
    """Return the same forecast (n,) for every row."""
    return np.full(len(like), value)
