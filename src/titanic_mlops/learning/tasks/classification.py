"""Classification into 0 and 1: log-odds, probabilities, ranks, calibration."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.classes import class_schema, class_words
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.tasks import Answer, Leakage
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN

if TYPE_CHECKING:  # serving does without it
    import pandas as pd

MIN_PER_CLASS = {TRAIN: 20, TEST: 10}
LEAKY_AUC = 0.95
"""Sex, the strongest honest column of the Titanic table, reaches 0.74."""


def answer_of(problem: Problem, model: Model, scores: Sequence[float]) -> Answer:
    """Return the second class for positive log-odds, and the probability of that class."""
    (score,) = scores
    classes = model.classes or problem.classes
    return Answer(classes[int(score > 0)], probability=probability_of(score))


def probability_of(score: float) -> float:
    """Return the probability of class 1 for log-odds `score`."""
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    return math.exp(score) / (1 + math.exp(score))


def answer_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of class and probability, with the classes in `x-target-labels`."""
    labels = problem.class_labels
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "x-target-labels": list(labels),
        "properties": {
            "prediction": class_schema(problem),
            "probability": {"description": f"of {labels[1]}", **probability},
        },
        "required": ["prediction", "probability"],
    }


def answer_words(problem: Problem, answered: Mapping[str, Any]) -> str:
    """Return the class, its label and the probability of the second class."""
    of = f" of {problem.class_labels[1]}" if problem.answer_type is str else ""
    said = class_words(problem, answered["prediction"])
    return f"{problem.target} = {said}, p{of} = {answered['probability']:.3f}"


def score_unit(problem: Problem) -> str:
    """Return the unit of scores and contributions."""
    return "log-odds"


def measurable(labels: Floats) -> bool:
    """Return whether both classes occur: rows of one class have no ranks to compare."""
    return len(np.unique(labels)) > 1


def figures(labels: Floats, scores: Floats) -> dict[str, float]:
    """Return AUC, accuracy, log-loss, calibration error and the majority's share."""
    from titanic_mlops.learning.metrics import classification_metrics

    return classification_metrics(labels, scores)


def refuse_rows(problem: Problem, rows: pd.DataFrame) -> None:
    """Refuse rows in which one class is too rare to learn or to judge.

    Raises:
        TrainingRefused: naming the split and the class.
    """
    refuse_rare_classes(problem, rows, MIN_PER_CLASS)


def refuse_rare_classes(
    problem: Problem, rows: pd.DataFrame, least_by_split: Mapping[str, int]
) -> None:
    """Refuse rows in which a split has fewer rows of a class than it needs.

    Raises:
        TrainingRefused: naming the split and the class.
    """
    for split, least in least_by_split.items():
        counts = rows.loc[rows["split"] == split, problem.target].value_counts()
        for label in problem.classes:
            if counts.get(label, 0) < least:
                raise TrainingRefused(
                    f"{problem.name}: the split {split} has {counts.get(label, 0)} rows with "
                    f"{problem.target} {label}; at least {least} are needed."
                )


def leakage(inputs: NDArray[np.float32], labels: Floats) -> Leakage:
    """Return the out-of-fold AUC of a small tree."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=5, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(tree, inputs, labels, cv=folds, method="predict_proba")[:, 1]
    return Leakage("AUC", float(roc_auc_score(labels, predicted)), LEAKY_AUC)


def with_interval(
    problem: Problem, model: Model, records: list[Record], outside: Callable[[], Floats]
) -> Model:
    """Return the model as it is: a probability has no interval."""
    return model
