"""Regression: the value itself, its conformal interval, mean absolute errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.intervals import COVERAGE, conformal
from titanic_mlops.learning.labels import learned_labels
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.tasks import Answer, Leakage
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TRAIN

if TYPE_CHECKING:  # serving does without it
    import pandas as pd

LEAKY_R2 = 0.99
LARGEST_TARGET = 1e100
_ROUNDING = 1e-9


def answer_of(problem: Problem, model: Model, scores: Sequence[float]) -> Answer:
    """Return the value in units of the target, with its declared decimals.

    It is never below the declared minimum of the target.
    """
    (score,) = scores
    value, least = model.value_of(score), problem.by_name[problem.target].minimum
    if problem.target_decimals is not None:
        value = round(value, problem.target_decimals)
    return Answer(value if least is None else max(value, float(least)))


def answer_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of value and interval."""
    number = {"type": "number"}
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    target = problem.by_name[problem.target]
    return {
        "properties": {
            "prediction": {"description": target.meaning, **number},
            "interval": {"description": "prediction interval of interval_level", **pair},
            "interval_level": {
                "description": "share of true values that the interval is known to hold: "
                f"{COVERAGE}, and less if it was measured on too few rows",
                "type": "number",
                "minimum": 0,
                "maximum": COVERAGE,
            },
        },
        "required": ["prediction"],
    }


def answer_words(problem: Problem, answered: Mapping[str, Any]) -> str:
    """Return the value and its interval, rounded to three digits of the interval's width."""
    if "interval" not in answered:
        return f"{problem.target} = {answered['prediction']:.4g}"
    low, high = answered["interval"]
    digits = max(0, 2 - math.floor(math.log10((high - low) or 1)))
    value, low, high = (f"{number:,.{digits}f}" for number in (answered["prediction"], low, high))
    level = math.floor(100 * answered["interval_level"] + _ROUNDING)
    return f"{problem.target} = {value}, {level} % interval: {low} to {high}"


def score_unit(problem: Problem) -> str:
    """Return the target, or its logarithm: a score is a value of it."""
    return f"log({problem.target})" if problem.target_transform else problem.target


def measurable(labels: Floats) -> bool:
    """Return true: an error is defined for every value."""
    return True


def figures(labels: Floats, scores: Floats) -> dict[str, float]:
    """Return the mean absolute error, and that of always answering the median."""
    from titanic_mlops.learning.metrics import regression_metrics

    return regression_metrics(labels, scores, float(np.median(labels)))


def refuse_rows(problem: Problem, rows: pd.DataFrame) -> None:
    """Refuse a target that is too large to square, or constant among the training rows.

    Raises:
        TrainingRefused: naming the largest value, or the split.
    """
    largest = float(rows[problem.target].abs().max())
    if not largest <= LARGEST_TARGET:
        raise TrainingRefused(
            f"{problem.name}: {problem.target} is as large as {largest:.3g}; at most "
            f"{LARGEST_TARGET:g} is allowed (its square must be finite)."
        )
    targets = rows.loc[rows["split"] == TRAIN, problem.target]
    if targets.min() == targets.max():
        raise TrainingRefused(
            f"{problem.name}: {problem.target} has only one value in the split {TRAIN}; at least "
            "two are needed."
        )


def leakage(inputs: NDArray[np.float32], labels: Floats) -> Leakage:
    """Return the out-of-fold R² of a tree."""
    from sklearn.metrics import r2_score
    from sklearn.model_selection import KFold, cross_val_predict
    from sklearn.tree import DecisionTreeRegressor

    tree = DecisionTreeRegressor(max_depth=8, min_samples_leaf=5, random_state=0)
    folds = KFold(5, shuffle=True, random_state=0)  # shuffled: rows may be sorted by the target
    predicted = cross_val_predict(tree, inputs, labels, cv=folds)
    return Leakage("R²", float(r2_score(labels, predicted)), LEAKY_R2)


def with_interval(
    problem: Problem, model: Model, records: list[Record], outside: Callable[[], Floats]
) -> Model:
    """Return the model with conformal intervals from out-of-fold residuals, by declared class."""
    residuals = np.abs(learned_labels(problem, records) - outside())
    by = problem.interval_by
    values = [record.get(by.column) for record in records] if by else []
    return replace(model, interval=conformal(residuals, by, values))
