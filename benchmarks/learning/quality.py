"""AUC, accuracy and log-loss of every model on every split, and how they differ in pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from benchmarks.learning.models import Ours, fit_course, fit_reference, frame_of
from benchmarks.learning.table import Split
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.probabilities import sigmoid

COURSE = "the course's pipeline"
REFERENCE = "150 trees, step 0.1"
OURS = "ours"
WHOLE, REDUCED = "whole rows", "without the optional columns"
METRICS = ("AUC", "accuracy", "log-loss")
LOWER_IS_BETTER = "log-loss"

Measured = Mapping[tuple[str, str, str], Floats]
"""(model, rows, metric) -> one figure per split."""


@dataclass(frozen=True, slots=True)
class Paired:
    """Ours minus another, split by split; `error` is the mean's plain standard error."""

    mean: float
    error: float
    ahead: int
    equal: int


def figures(split: Split, ours: Ours) -> dict[tuple[str, str, str], float]:
    """Measure the three models on one split."""
    return {
        (model, rows, metric): figure
        for model, rows, probabilities in _predictions(split, ours)
        for metric, figure in _metrics(split.labels, probabilities).items()
    }


def collected(by_split: Sequence[Mapping[tuple[str, str, str], float]]) -> Measured:
    """Turn figures by split into one array per figure."""
    return {name: np.array([found[name] for found in by_split]) for name in by_split[0]}


def paired(measured: Measured, other: str, rows: str, metric: str) -> Paired:
    """Compare ours with `other` on the same splits."""
    difference = measured[OURS, rows, metric] - measured[other, rows, metric]
    gain = -difference if metric == LOWER_IS_BETTER else difference
    return Paired(
        mean=float(difference.mean()),
        error=standard_error(difference),
        ahead=int((gain > 0).sum()),
        equal=int((gain == 0).sum()),
    )


def spread(values: Floats) -> float:
    """Return the standard deviation, 0 for a single value."""
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def standard_error(values: Floats) -> float:
    """Return the standard error of the mean, 0 for a single value."""
    return spread(values) / float(np.sqrt(len(values)))


def _predictions(split: Split, ours: Ours) -> Iterator[tuple[str, str, Floats]]:
    course = fit_course(split.training, split.seed)
    reference = fit_reference(ours.encoder, split.training)
    for rows, records in ((WHOLE, split.holdout), (REDUCED, split.reduced)):
        yield COURSE, rows, course.predict_proba(frame_of(records))[:, 1]
        inputs = ours.encoder.encode_all(records)
        yield REFERENCE, rows, sigmoid(reference.decision_function(inputs))
        yield OURS, rows, sigmoid(ours.model.scores(records))


def _metrics(labels: Floats, probabilities: Floats) -> dict[str, float]:
    return {
        "AUC": float(roc_auc_score(labels, probabilities)),
        "accuracy": float(accuracy_score(labels, probabilities > 0.5)),  # noqa: PLR2004 even odds
        "log-loss": float(log_loss(labels, probabilities)),
    }
