"""Why a snapshot is not learned from: each refusal is one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.encoder import fit_encoder
from titanic_mlops.learning.metrics import Floats
from titanic_mlops.problems.base import CLASSIFICATION, Problem, Record
from titanic_mlops.rules.split import SPLITS, TEST, TRAIN

MIN_ROWS = 100
MIN_PER_CLASS = {TRAIN: 20, TEST: 10}
LEAKY_AUC = 0.95
"""Sex, the strongest honest column of the Titanic table, reaches 0.74."""
LEAKY_R2 = 0.99
LARGEST_TARGET = 1e100


def refuse_snapshot(problem: Problem, rows: pd.DataFrame) -> None:
    """Refuse rows that no honest model can come from.

    Raises:
        TrainingRefused: too few rows, an empty split, a key in two splits, a rare class, or
            a regression's target that is one value only or too large to square.
    """
    found = f"{problem.name}: the snapshot"
    if len(rows) < MIN_ROWS:
        raise TrainingRefused(f"{found} has {len(rows)} labelled rows; at least {MIN_ROWS} needed.")
    counts = rows["split"].value_counts()
    for split in SPLITS:
        if counts.get(split, 0) == 0:
            raise TrainingRefused(f"{found} has no row in the split {split}; each needs some.")
    _refuse_torn_keys(problem, rows)
    if problem.task == CLASSIFICATION:
        _refuse_rare_classes(problem, rows)
    else:
        _refuse_unusable_values(problem, rows)


def refuse_leakage(problem: Problem, records: list[Record], labels: Floats) -> None:
    """Refuse a column that alone tells the target, out of fold: it knows the answer.

    Raises:
        TrainingRefused: naming the column and its figure.
    """
    for feature in problem.features:
        inputs = fit_encoder([feature], records).encode_all(records)
        if problem.task == CLASSIFICATION:
            figure, limit, name = _out_of_fold_auc(inputs, labels), LEAKY_AUC, "AUC"
        else:
            figure, limit, name = _out_of_fold_r2(inputs, labels), LEAKY_R2, "R²"
        if figure >= limit:
            raise TrainingRefused(
                f"{problem.name}: column {feature.column} alone predicts {problem.target} with an "
                f"out-of-fold {name} of {figure:.3f}, at least {limit}: it seems to hold the "
                "answer itself (leakage)."
            )


def _refuse_torn_keys(problem: Problem, rows: pd.DataFrame) -> None:
    for column in (problem.key, problem.split_key):
        torn = rows.groupby(column)["split"].nunique()
        if (torn > 1).any():
            raise TrainingRefused(
                f"{problem.name}: {int((torn > 1).sum())} values of {column} stand in more than "
                "one split; each belongs in one."
            )


def _refuse_rare_classes(problem: Problem, rows: pd.DataFrame) -> None:
    for split, least in MIN_PER_CLASS.items():
        counts = rows.loc[rows["split"] == split, problem.target].value_counts()
        for label in (0, 1):
            if counts.get(label, 0) < least:
                raise TrainingRefused(
                    f"{problem.name}: the split {split} has {counts.get(label, 0)} rows with "
                    f"{problem.target} {label}; at least {least} needed."
                )


def _refuse_unusable_values(problem: Problem, rows: pd.DataFrame) -> None:
    largest = float(rows[problem.target].abs().max())
    if not largest <= LARGEST_TARGET:
        raise TrainingRefused(
            f"{problem.name}: {problem.target} is as large as {largest:.3g}; at most "
            f"{LARGEST_TARGET:g} can be squared and averaged."
        )
    if rows.loc[rows["split"] == TRAIN, problem.target].nunique() == 1:
        raise TrainingRefused(
            f"{problem.name}: {problem.target} has one value only in the split {TRAIN}; at least "
            "two needed."
        )


def _out_of_fold_auc(inputs: np.ndarray, labels: Floats) -> float:
    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=5, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(tree, inputs, labels, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(labels, predicted))


def _out_of_fold_r2(inputs: np.ndarray, labels: Floats) -> float:
    tree = DecisionTreeRegressor(max_depth=8, min_samples_leaf=5, random_state=0)
    folds = KFold(5, shuffle=True, random_state=0)  # rows sorted by the target hide nothing
    return float(r2_score(labels, cross_val_predict(tree, inputs, labels, cv=folds)))
