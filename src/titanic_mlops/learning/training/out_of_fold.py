"""Score every record by a model that was fitted without its split group."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model import Floats
from titanic_mlops.problems.base import Problem, Record

FOLDS = 5

Scores = Callable[[list[Record]], Floats]
Fit = Callable[[list[Record]], Scores]
"""Fit a model on records; return what scores others, shape (n,)."""


def scores_out_of_fold(problem: Problem, records: list[Record], fit: Fit, *, seed: int) -> Floats:
    """Return the score (n,) of each record by one of FOLDS models that did not learn its group."""
    folds = folds_of(groups_of(problem, records), seed=seed)
    scores = np.empty(len(records))
    for fold in range(FOLDS):
        inside = folds == fold
        if inside.any():
            model = fit(list(compress(records, ~inside)))
            scores[inside] = model(list(compress(records, inside)))
    return scores


def groups_of(problem: Problem, records: Sequence[Record]) -> list[Hashable]:
    """Return the split group of each record; without a split key each is alone."""
    column = problem.split_column
    return [record[column] for record in records] if column else list(range(len(records)))


def folds_of(groups: Sequence[Hashable], *, seed: int) -> NDArray[np.int64]:
    """Return the fold of each row (n,), the same for all rows of a group; the seed decides."""
    distinct = list(dict.fromkeys(groups))
    drawn = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    fold_of = dict(zip(distinct, drawn.tolist(), strict=True))
    return np.array([fold_of[group] for group in groups], dtype=np.int64)
