from __future__ import annotations

import numpy as np

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.training.out_of_fold import (
    FOLDS,
    Scores,
    folds_of,
    scores_out_of_fold,
)
from titanic_mlops.problems.base import Record

HOUSES = [f"house {i % 20}" for i in range(100)]


def test_a_group_is_in_one_fold_and_folds_are_equally_large() -> None:
    folds = folds_of(HOUSES, seed=1)
    for house in set(HOUSES):
        assert len({int(f) for f, h in zip(folds, HOUSES, strict=True) if h == house}) == 1
    assert np.bincount(folds, minlength=FOLDS).tolist() == [20] * FOLDS
    assert folds.tolist() == folds_of(HOUSES, seed=1).tolist()
    assert folds.tolist() != folds_of(HOUSES, seed=2).tolist()


def test_no_record_is_scored_by_a_model_that_learned_its_group() -> None:
    records: list[Record] = [{"house": house, "area": float(i)} for i, house in enumerate(HOUSES)]
    sizes = []

    def fit(training: list[Record]) -> Scores:
        sizes.append(len(training))
        known = {record["house"] for record in training}

        def score(others: list[Record]) -> Floats:
            assert known.isdisjoint({record["house"] for record in others})
            return np.array([record["area"] for record in others], dtype=float)

        return score

    found = scores_out_of_fold(FLATS, records, fit, seed=3)
    assert found.tolist() == [float(i) for i in range(100)]
    assert sizes == [80] * FOLDS


def test_a_fold_may_be_empty() -> None:
    records: list[Record] = [{"house": "a"}, {"house": "b"}]
    found = scores_out_of_fold(FLATS, records, lambda _: lambda r: np.ones(len(r)), seed=0)
    assert found.tolist() == [1.0, 1.0]
