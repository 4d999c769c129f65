"""Classification into 0 and 1: log-odds, probabilities, ranks, calibration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.holdout import SEED, View
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.tasks import Answer, Estimator, Leakage
from titanic_mlops.learning.verdict import Check
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN

if TYPE_CHECKING:  # serving does without it
    import pandas as pd

AUC_FLOOR = 0.70
MIN_GAIN = -0.01
"""An equal model on fresher data may win. On some 180 rows another seed alone moves the AUC by
0.008 (standard deviation), so a narrower margin would decide by chance; docs/learning.md says how
often an honest refresh and a spoiled challenger pass."""
AUC_MARGIN = -0.03
LOWER_QUANTILE = 0.05
LOG_LOSS_MARGIN = 0.005
CALIBRATION_MARGIN = 0.05
SLICE_MARGIN = 0.05
MIN_PER_CLASS = {TRAIN: 20, TEST: 10}
LEAKY_AUC = 0.95
"""Sex, the strongest honest column of the Titanic table, reaches 0.74."""


def answer_of(model: Model, score: float) -> Answer:
    """Return class 1 for positive log-odds, and the probability of class 1."""
    return Answer(int(score > 0), probability=probability_of(score))


def probability_of(score: float) -> float:
    """Return the probability of class 1 for log-odds `score`."""
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    return math.exp(score) / (1 + math.exp(score))


def answer_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of class and probability, with the classes in `x-target-labels`."""
    labels = problem.target_labels
    about = f"{problem.target}: {', '.join(f'{n} {label}' for n, label in enumerate(labels))}"
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "x-target-labels": list(labels),
        "properties": {
            "prediction": {"description": about, "type": "integer", "enum": [*range(len(labels))]},
            "probability": {"description": f"of {labels[1]}", **probability},
        },
        "required": ["prediction", "probability"],
    }


def answer_words(problem: Problem, answered: Mapping[str, Any]) -> str:
    """Return the class, its label and the probability of class 1."""
    label = problem.target_labels[answered["prediction"]]
    probability = f"p = {answered['probability']:.3f}"
    return f"{problem.target} = {answered['prediction']} ({label}), {probability}"


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


def checks(view: View) -> Iterator[Check]:
    """Yield every check of one view: floors, then the comparison with the champion, if any."""
    ours = figures(view.labels, view.challenger)
    yield Check.at_least(
        AUC_FLOOR,
        ours["auc"],
        f"{view.name}: AUC floor",
        f"its AUC{view.label} is {ours['auc']:.3f}, below the floor of {AUC_FLOOR:.2f},",
    )
    yield Check(
        f"{view.name}: better than the majority",
        ours["accuracy"],
        ours["majority"],
        ours["accuracy"] > ours["majority"],
        f"its accuracy{view.label} is {ours['accuracy']:.3f}, not above the "
        f"{ours['majority']:.3f} of always answering the more frequent class,",
    )
    if view.champion is not None:
        yield from _compared(view, ours, figures(view.labels, view.champion), view.champion)


def headline(scored: Sequence[View]) -> str:
    """Return the AUC of every view, challenger against champion, in words."""
    parts = []
    for view in scored:
        ours = figures(view.labels, view.challenger)
        parts.append(f"AUC {ours['auc']:.3f}{view.label}")
        if view.champion is not None:
            theirs = figures(view.labels, view.champion)
            parts[-1] += f" against {theirs['auc']:.3f}"
    return ", ".join(parts)


def refuse_rows(problem: Problem, rows: pd.DataFrame) -> None:
    """Refuse rows in which one class is too rare to learn or to judge.

    Raises:
        TrainingRefused: naming the split and the class.
    """
    for split, least in MIN_PER_CLASS.items():
        counts = rows.loc[rows["split"] == split, problem.target].value_counts()
        for label in (0, 1):
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


def estimator() -> type[Estimator]:
    """Return the class of the ensemble to fit."""
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier  # type: ignore[no-any-return] # scikit-learn is untyped


def start(estimator: Estimator, inputs: NDArray[np.float32]) -> float:
    """Return the log-odds of class 1 among the training rows."""
    share = float(estimator.init_.predict_proba(inputs[:1])[0, 1])
    return math.log(share / (1 - share))


def with_interval(problem: Problem, model: Model, validation: list[Record]) -> Model:
    """Return the model as it is: a probability has no interval."""
    return model


def _compared(
    view: View, ours: dict[str, float], theirs: dict[str, float], champion: Floats
) -> Iterator[Check]:
    from titanic_mlops.learning.metrics import bootstrap_auc_differences

    yield Check.at_least(
        MIN_GAIN,
        ours["auc"] - theirs["auc"],
        f"{view.name}: AUC difference",
        f"its AUC{view.label} is {ours['auc']:.3f} against {theirs['auc']:.3f}",
    )
    draws = bootstrap_auc_differences(view.labels, view.challenger, champion, SEED)
    bound = float(np.nanquantile(draws, LOWER_QUANTILE))
    yield Check(
        f"{view.name}: AUC lower bound",
        bound,
        AUC_MARGIN,
        bound > AUC_MARGIN,
        f"its AUC{view.label} may be {-bound:.3f} below the champion's (bootstrap, one-sided 95 %)",
    )
    for name, margin in (("log_loss", LOG_LOSS_MARGIN), ("calibration_error", CALIBRATION_MARGIN)):
        words = name.replace("_", " ")
        yield Check.at_most(
            theirs[name] + margin,
            ours[name],
            f"{view.name}: {words}",
            f"its {words}{view.label} is {ours[name]:.3f} against {theirs[name]:.3f}",
        )
    for name, mask in view.slices:
        yield _slice_check(view, champion, name, mask)


def _slice_check(view: View, champion: Floats, name: str, mask: np.ndarray) -> Check:
    """Compare within a slice by log-loss: on 30 rows two answers are 0.07 of accuracy."""
    from titanic_mlops.learning.metrics import mean_log_loss

    labels = view.labels[mask]
    ours, theirs = (mean_log_loss(labels, scores[mask]) for scores in (view.challenger, champion))
    return Check.at_most(
        theirs + SLICE_MARGIN,
        ours,
        f"{view.name}: {name}",
        f"its log loss{view.label} where {name} is {ours:.3f} against {theirs:.3f}",
    )
