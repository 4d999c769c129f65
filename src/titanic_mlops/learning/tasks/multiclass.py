"""Classification into 3 to 10 classes: one score each, probabilities that sum to 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.classes import class_schema, class_words
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.tasks import Answer, Leakage
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN

if TYPE_CHECKING:  # serving does without it
    import pandas as pd

MIN_PER_CLASS = {TRAIN: 10, TEST: 5}
LEAKY_AUC = 0.995
"""Of each class against the rest, on average. One honest length tells most irises apart: 0.98."""


def answer_of(problem: Problem, model: Model, scores: Sequence[float]) -> Answer:
    """Return the class with the highest score, and the probability of every class."""
    highest = max(scores)
    parts = [math.exp(score - highest) for score in scores]
    probabilities = [part / sum(parts) for part in parts]
    chosen = scores.index(highest)
    classes = model.classes or problem.classes
    return Answer(
        classes[chosen],
        probability=probabilities[chosen],
        probabilities=dict(zip(map(str, classes), probabilities, strict=True)),
        chosen=chosen,
    )


def answer_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of class and probabilities, with the classes in `x-target-labels`."""
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    names = [str(value) for value in problem.classes]
    return {
        "x-target-labels": list(problem.class_labels),
        "properties": {
            "prediction": class_schema(problem),
            "probability": {"description": "of the predicted class", **probability},
            "probabilities": {
                "description": "of every class",
                "type": "object",
                "properties": dict.fromkeys(names, probability),
                "required": names,
                "additionalProperties": False,
            },
        },
        "required": ["prediction", "probability", "probabilities"],
    }


def answer_words(problem: Problem, answered: Mapping[str, Any]) -> str:
    """Return the class, its label and the probability of every class, the likeliest first."""
    labels = dict(zip(map(str, problem.classes), problem.class_labels, strict=True))
    ranked = sorted(answered["probabilities"].items(), key=lambda pair: -pair[1])
    others = ", ".join(f"{labels[name]} {probability:.3f}" for name, probability in ranked[1:])
    said = class_words(problem, answered["prediction"])
    return f"{problem.target} = {said}, p = {answered['probability']:.3f} ({others})"


def score_unit(problem: Problem) -> str:
    """Return the unit of scores and contributions: logits, before the softmax."""
    return "logit"


def measurable(labels: Floats) -> bool:
    """Return whether two classes occur: rows of one class have no ranks to compare."""
    return len(np.unique(labels)) > 1


def figures(labels: Floats, scores: Floats) -> dict[str, float]:
    """Return one-vs-rest AUC, accuracy, log-loss, calibration error and the majority's share."""
    from titanic_mlops.learning.metrics import multiclass_metrics

    return multiclass_metrics(labels, scores)


def refuse_rows(problem: Problem, rows: pd.DataFrame) -> None:
    """Refuse rows in which one class is too rare to learn or to judge.

    Raises:
        TrainingRefused: naming the split and the class.
    """
    from titanic_mlops.learning.tasks.classification import refuse_rare_classes

    refuse_rare_classes(problem, rows, MIN_PER_CLASS)


def leakage(inputs: NDArray[np.float32], labels: Floats) -> Leakage:
    """Return the out-of-fold AUC of a small tree, each class against the rest."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=5, min_samples_leaf=3, random_state=0)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    predicted = cross_val_predict(tree, inputs, labels, cv=folds, method="predict_proba")
    present = np.unique(labels)
    found = [
        roc_auc_score(labels == value, predicted[:, place]) for place, value in enumerate(present)
    ]
    return Leakage("AUC", float(np.mean(found)), LEAKY_AUC)


def with_interval(
    problem: Problem, model: Model, records: list[Record], outside: Callable[[], Floats]
) -> Model:
    """Return the model as it is: a probability has no interval."""
    return model
