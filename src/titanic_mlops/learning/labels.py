"""The target of labelled records as numbers: what is judged, and what is learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from titanic_mlops.learning.model import Floats
from titanic_mlops.problems.base import Problem, Record


def labels_of(problem: Problem, records: Sequence[Record]) -> Floats:
    """Return the targets, shape (n,): for a class its number in `problem.classes`."""
    return as_labels(problem, [record[problem.target] for record in records])


def as_labels(problem: Problem, targets: Sequence[Any]) -> Floats:
    """Return values of the target as numbers, shape (n,)."""
    if not problem.classes:
        return np.array(targets, dtype=float)
    numbers = {value: float(number) for number, value in enumerate(problem.classes)}
    return np.array([numbers[target] for target in targets], dtype=float)


def learned_labels(problem: Problem, records: Sequence[Record]) -> Floats:
    """Return the targets as a model learns them: their logarithms where that is declared."""
    labels = labels_of(problem, records)
    return np.log(labels) if problem.target_transform else labels
