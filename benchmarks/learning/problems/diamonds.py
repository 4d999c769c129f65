"""What is special to diamonds: intervals by size, answers above 0, a small and fast artefact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from time import process_time
from uuid import UUID

import numpy as np

from benchmarks.learning.problems.contest import TREES
from benchmarks.learning.problems.division import Division
from titanic_mlops.learning.intervals import class_names
from titanic_mlops.learning.model import Model
from titanic_mlops.prediction import Asked, Prediction, predict_each, require_valid

COVERED = "all sizes"
LOWEST, MEGABYTES, MICROSECONDS = "lowest", "MB", "µs"
ROUNDS, CALLS = 15, 200


def special(division: Division, model: Model) -> dict[str, float]:
    """Return the coverage, overall and by class of size, and what bounds the artefact."""
    answers = answers_of(division, model)
    ends = np.array([answer.interval for answer in answers], dtype=float)
    held = (ends[:, 0] <= division.labels) & (division.labels <= ends[:, 1])
    return {
        COVERED: float(held.mean()),
        **dict(_by_class(division, model, held)),
        LOWEST: float(min(ends.min(), *(float(answer.prediction) for answer in answers))),
        MEGABYTES: sum(map(len, model.to_bytes())) / 1e6,
        MICROSECONDS: _seconds(division, model) * 1e6,
        TREES: float(model.fitting["n_estimators"]),
    }


def answers_of(division: Division, model: Model) -> tuple[Prediction, ...]:
    """Return what a request for the held-out records gets."""
    problem = division.problem
    names = [column.name for column in problem.inputs]
    records = [{name: record[name] for name in names} for record in division.holdout]
    now = datetime(2000, 1, 1, tzinfo=UTC)
    asked = Asked(records, True, model, 1, now, lambda number: str(UUID(int=number)))  # noqa: FBT003 a batch
    return require_valid(list(predict_each(problem, asked)))


def _by_class(division: Division, model: Model, held: np.ndarray) -> Iterator[tuple[str, float]]:
    by = division.problem.interval_by
    if by is None or model.interval is None:
        return
    values = [float(str(record[by.column])) for record in division.holdout]
    classes = np.digitize(values, by.edges)
    for number, name in enumerate(class_names(model.interval)):
        yield name, float(held[classes == number].mean())


def _seconds(division: Division, model: Model) -> float:
    """Return the processor time of a score with its reasons, the least of rounds."""
    record, taken = division.holdout[0], []
    for _ in range(ROUNDS):
        begun = process_time()
        for _ in range(CALLS):
            model.explain(record)
        taken.append((process_time() - begun) / CALLS)
    return min(taken)
