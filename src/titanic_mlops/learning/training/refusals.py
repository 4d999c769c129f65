"""Refuse snapshots that cannot give an honest model; each refusal is one sentence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.encoder import fit_encoder
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.tasks import Leakage, task_of
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import SPLITS

MIN_ROWS = 100
LEAKAGE_ROWS = 2000
"""Enough to tell an AUC of 0.95 from an honest one; 200 columns of 5,000 rows take 8 seconds."""


def refuse_snapshot(problem: Problem, rows: pd.DataFrame) -> None:
    """Refuse rows that cannot give an honest model.

    Raises:
        TrainingRefused: too few rows, an empty split, a key in two splits, or targets that
            the task cannot learn from.
    """
    found = f"{problem.name}: the snapshot"
    if len(rows) < MIN_ROWS:
        raise TrainingRefused(
            f"{found} has {len(rows)} labelled rows; at least {MIN_ROWS} are needed."
        )
    counts = rows["split"].value_counts()
    for split in SPLITS:
        if counts.get(split, 0) == 0:
            raise TrainingRefused(f"{found} has no row in the split {split}; each split needs one.")
    _refuse_torn_keys(problem, rows)
    task_of(problem).refuse_rows(problem, rows)


def refuse_leakage(problem: Problem, records: list[Record], labels: Floats) -> None:
    """Refuse a column that alone predicts the target out of fold: it contains the answer.

    Raises:
        TrainingRefused: naming the column and its figure.
    """
    for column, found in leaking_columns(problem, records, labels):
        raise TrainingRefused(
            f"{problem.name}: column {column} alone predicts {problem.target} with an "
            f"out-of-fold {found.metric} of {found.value:.3f}, at least {found.limit}: it "
            "probably contains the answer (leakage); correct its values or drop the feature."
        )


def leaking_columns(
    problem: Problem, records: list[Record], labels: Floats
) -> Iterator[tuple[str, Leakage]]:
    """Yield each column that alone predicts the target out of fold, with its figure."""
    chosen = _some_rows(problem, labels)
    some = [records[row] for row in chosen]
    for feature in problem.features:
        inputs = fit_encoder(problem, some, [feature]).encode_all(some)
        found = task_of(problem).leakage(inputs, labels[chosen])
        if found.value >= found.limit:
            yield feature.column, found


def _some_rows(problem: Problem, labels: Floats) -> NDArray[np.int64]:
    """Return up to LEAKAGE_ROWS rows, spread evenly, of each class alike: an AUC is the same."""
    kinds = [np.arange(len(labels))]
    if problem.classes:
        kinds = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    most = LEAKAGE_ROWS // len(kinds)
    spread = [rows[:: -(-len(rows) // most)] for rows in kinds]
    return np.sort(np.concatenate(spread))


def _refuse_torn_keys(problem: Problem, rows: pd.DataFrame) -> None:
    for column in filter(None, dict.fromkeys((problem.key, problem.split_column))):
        torn = rows.groupby(column)["split"].nunique()
        if (torn > 1).any():
            raise TrainingRefused(
                f"{problem.name}: {int((torn > 1).sum())} values of {column} occur in more than "
                "one split; each must be in one."
            )
