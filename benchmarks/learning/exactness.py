"""Differences of served scores from scikit-learn, and of contributions from their definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from benchmarks.learning.models import Ours
from benchmarks.learning.table import Split
from titanic_mlops.learning.model import Floats, Reasons
from titanic_mlops.learning.training.fit import BACKGROUND_ROWS, SEED
from titanic_mlops.problems.base import Record


@dataclass(frozen=True, slots=True)
class Exactness:
    """The largest differences over some records, and how many labels differ."""

    rows: int = 0
    score: float = 0.0
    labels: int = 0
    total: float = 0.0

    def __or__(self, other: Exactness) -> Exactness:
        """Return the largest differences over both sets of records."""
        return Exactness(
            self.rows + other.rows,
            max(self.score, other.score),
            self.labels + other.labels,
            max(self.total, other.total),
        )


def exactness(split: Split, ours: Ours) -> Exactness:
    """Compare served scores and sums of contributions with the estimator, row by row."""
    records = [*split.holdout, *split.reduced]
    inputs = ours.encoder.encode_all(records)
    expected: Floats = ours.estimator.decision_function(inputs)
    scores = np.array([ours.model.score(record) for record in records])
    sums = np.array([_sum_of_reasons(ours, record) for record in records])
    return Exactness(
        rows=len(records),
        score=float(np.abs(scores - expected).max()),
        labels=int(((scores > 0) != ours.estimator.predict(inputs)).sum()),
        total=float(np.abs(sums - scores).max()),
    )


def shapley_difference(split: Split, ours: Ours, n_rows: int) -> float:
    """Return the largest difference from Shapley values over all subsets of columns."""
    chosen = np.random.default_rng(SEED).permutation(len(split.training))[:BACKGROUND_ROWS]
    background = [split.training[i] for i in chosen]
    largest = 0.0
    for record in split.holdout[:n_rows]:
        defined = _shapley_values(ours, record, background)
        found = _reasons(ours, record).contributions
        largest = max(largest, *(abs(found[name] - value) for name, value in defined.items()))
    return largest


def _sum_of_reasons(ours: Ours, record: Record) -> float:
    reasons = _reasons(ours, record)
    return reasons.baseline + sum(reasons.contributions.values())


def _reasons(ours: Ours, record: Record) -> Reasons:
    (reasons,) = ours.model.explain(record)
    return reasons


def _shapley_values(ours: Ours, record: Record, background: Sequence[Record]) -> dict[str, float]:
    """Return each column's value by the definition (Shapley 1953), through the estimator."""
    columns = ours.model.players
    worth = {
        coalition: _worth(ours, {name: record[name] for name in coalition}, background)
        for coalition in _subsets(columns)
    }
    values = {}
    for player in columns:
        others = [name for name in columns if name != player]
        gains = [
            (worth[coalition | {player}] - worth[coalition]) / comb(len(others), len(coalition))
            for coalition in _subsets(others)
        ]
        values[player] = sum(gains) / len(columns)
    return values


def _worth(ours: Ours, known: Record, background: Sequence[Record]) -> float:
    """Return the mean score of the background rows with the coalition's columns replaced."""
    inputs = ours.encoder.encode_all({**row, **known} for row in background)
    return float(ours.estimator.decision_function(inputs).mean())


def _subsets(columns: Sequence[str]) -> Iterator[frozenset[str]]:
    for size in range(len(columns) + 1):
        yield from map(frozenset, combinations(columns, size))
