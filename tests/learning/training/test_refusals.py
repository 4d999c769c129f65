from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import train
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import SPLITS, TEST, TRAIN

Change = Callable[[pd.DataFrame], pd.DataFrame]
LEAK = (
    "titanic: column {} alone predicts Survived with an out-of-fold AUC of 1.000, at least 0.95: "
    "it probably contains the answer (leakage); correct its values or drop the feature."
)


def refusal_of(problem: Problem, rows: pd.DataFrame) -> str:
    with pytest.raises(TrainingRefused) as refused:
        train(problem, rows)
    return refused.value.detail


def keeping(rows: pd.DataFrame, split: str, label: int, count: int) -> pd.DataFrame:
    """Return the rows with only the first `count` of one class in one split."""
    chosen = rows.index[(rows["split"] == split) & (rows["Survived"] == label)]
    return rows.drop(chosen[count:])


def one_cell(column: str, value: float) -> Change:
    """Return a change of the second row alone, whose Ticket no other row has."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows.loc[rows.index[1], column] = value
        return rows

    return change


CASES: dict[str, tuple[Change, str]] = {
    "9 rows": (
        lambda rows: rows.head(9),
        "titanic: the snapshot has 9 labelled rows; at least 10 are needed.",
    ),
    "no validation": (
        lambda rows: rows[rows["split"] != "VALIDATION"],
        "titanic: the snapshot has no row in the split VALIDATION; each split needs one.",
    ),
    "no holdout": (
        lambda rows: rows[rows["split"] != TEST],
        "titanic: the snapshot has no row in the split TEST; each split needs one.",
    ),
    "no training": (
        lambda rows: rows[rows["split"] != TRAIN],
        "titanic: the snapshot has no row in the split TRAIN; each split needs one.",
    ),
    "one class": (
        lambda rows: rows[rows["Survived"] == 0],
        "titanic: the split TRAIN has 0 rows with Survived 1; at least 20 are needed.",
    ),
    "19 survivors in training": (
        lambda rows: keeping(rows, TRAIN, 1, 19),
        "titanic: the split TRAIN has 19 rows with Survived 1; at least 20 are needed.",
    ),
    "9 dead in the holdout": (
        lambda rows: keeping(rows, TEST, 0, 9),
        "titanic: the split TEST has 9 rows with Survived 0; at least 10 are needed.",
    ),
    "a key in two splits": (
        lambda rows: pd.concat([rows, rows.head(1).assign(split=other_split(rows), Ticket="new")]),
        "titanic: 1 values of PassengerId occur in more than one split; each must be in one.",
    ),
    "a ticket in two splits": (
        lambda rows: pd.concat([rows, rows.head(1).assign(split=other_split(rows), PassengerId=0)]),
        "titanic: 1 values of Ticket occur in more than one split; each must be in one.",
    ),
    "a copy of the target": (
        lambda rows: rows.assign(Fare=rows["Survived"] * 100.0),
        LEAK.format("Fare"),
    ),
    "the opposite of the target": (
        lambda rows: rows.assign(Sex=np.where(rows["Survived"] == 1, "male", "female")),
        LEAK.format("Sex"),
    ),
}


def other_split(rows: pd.DataFrame) -> str:
    return next(split for split in SPLITS if split != rows["split"].iloc[0])


@pytest.mark.parametrize("name", CASES)
def test_unusable_rows_are_refused_with_the_reason(
    titanic: Problem, titanic_rows: pd.DataFrame, name: str
) -> None:
    change, sentence = CASES[name]
    assert refusal_of(titanic, change(titanic_rows.copy())) == sentence


def test_a_copy_of_the_target_with_3_percent_errors_is_leakage(
    titanic: Problem, titanic_rows: pd.DataFrame
) -> None:
    noisy = titanic_rows["Survived"].where(np.arange(len(titanic_rows)) % 30 > 0, 0)
    sentence = refusal_of(titanic, titanic_rows.assign(Parch=noisy))
    assert sentence.startswith("titanic: column Parch alone predicts Survived")


def test_missing_values_that_copy_the_target_are_leakage(
    titanic: Problem, titanic_rows: pd.DataFrame
) -> None:
    copied = titanic_rows.assign(Age=np.where(titanic_rows["Survived"] == 1, 30.0, np.nan))
    assert "column Age alone" in refusal_of(titanic, copied)


def hundred(rows: pd.DataFrame) -> pd.DataFrame:
    kept = pd.concat(
        [
            rows[rows["split"] == split].head(n)
            for split, n in (("TRAIN", 59), ("VALIDATION", 1), ("TEST", 40))
        ]
    )
    assert len(kept) == 100
    return kept


ENOUGH: dict[str, Change] = {
    "100 rows": hundred,
    "20 survivors in training": lambda rows: keeping(rows, TRAIN, 1, 20),
    "10 dead in the holdout": lambda rows: keeping(rows, TEST, 0, 10),
}


@pytest.mark.parametrize("name", ENOUGH)
def test_the_smallest_allowed_snapshots_are_trained_on(
    titanic: Problem, titanic_rows: pd.DataFrame, name: str
) -> None:
    assert isinstance(train(titanic, ENOUGH[name](titanic_rows.copy())), Model)


def test_missing_split_keys_are_not_one_group(titanic: Problem, titanic_rows: pd.DataFrame) -> None:
    rows = titanic_rows.copy()
    rows.loc[rows.index[:50], "Ticket"] = None
    assert isinstance(train(titanic, rows), Model)


REGRESSION: dict[str, tuple[Change, str]] = {
    "a copy of the target": (
        lambda rows: rows.assign(area=rows["rent"] / 10),
        "flats: column area alone predicts rent with an out-of-fold R² of ",
    ),
    "a copy of the target, in rows sorted by it": (
        lambda rows: rows.assign(area=rows["rent"] / 10).sort_values("rent"),
        "flats: column area alone predicts rent with an out-of-fold R² of ",
    ),
    "one value only": (
        lambda rows: rows.assign(rent=750.0),
        "flats: rent has only one value in the split TRAIN; at least two are needed.",
    ),
    "an infinite target": (
        one_cell("rent", np.inf),
        "flats: rent is as large as inf; at most 1e+100 is allowed (its square must be finite).",
    ),
    "a target too large to square": (
        one_cell("rent", -1e200),
        "flats: rent is as large as 1e+200; at most 1e+100 is allowed (its square must be finite).",
    ),
}


@pytest.mark.parametrize("name", REGRESSION)
def test_unusable_regression_rows_are_refused_with_the_reason(
    flat_rows: pd.DataFrame, name: str
) -> None:
    change, sentence = REGRESSION[name]
    assert refusal_of(FLATS, change(flat_rows.copy())).startswith(sentence)


def test_a_feature_beyond_float32_can_be_trained_on(flat_rows: pd.DataFrame) -> None:
    rows = flat_rows.copy()
    rows.loc[rows.index[rows["split"] == TRAIN][:3], "area"] = 1e300
    model = train(FLATS, rows)
    assert np.isfinite(model.score({"area": 1e300, "heating": "gas"}))
