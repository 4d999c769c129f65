"""What a task means in every step: one module a task, found by its name, all with the same verbs.

Serving imports these modules, so they load neither scikit-learn nor pandas; verbs that learn or
judge import what they need when they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.problems.base import Problem, Record

if TYPE_CHECKING:  # serving does without it
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Answer:
    """What scores mean: a class with its probability, or a value.

    `probabilities` hold one for each class, by its text, where there is one score for each; then
    `chosen` is the number of the score that explains the prediction.
    """

    prediction: int | float | str
    probability: float | None = None
    probabilities: dict[str, float] | None = None
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Leakage:
    """How well one column alone predicts the target out of fold; from `limit` on it leaks."""

    metric: str
    value: float
    limit: float


class Task(Protocol):
    """The verbs of a task. `scores` are a model's outputs; labels are numbers, or class numbers."""

    def answer_of(self, problem: Problem, model: Model, scores: Sequence[float]) -> Answer:
        """Return what the scores of one record mean: one, or one per class."""

    def answer_schema(self, problem: Problem) -> dict[str, Any]:
        """Return the part of an answer's JSON schema that depends on the task."""

    def answer_words(self, problem: Problem, answered: Mapping[str, Any]) -> str:
        """Return the body of an answer in words, in one line."""

    def score_unit(self, problem: Problem) -> str:
        """Return the unit of scores and contributions."""

    def measurable(self, labels: Floats) -> bool:
        """Return whether `figures` are defined for these labels."""

    def figures(self, labels: Floats, scores: Floats) -> dict[str, float]:
        """Return the metrics that a verdict and a card keep."""

    def refuse_rows(self, problem: Problem, rows: pd.DataFrame) -> None:
        """Refuse labelled rows whose targets this task cannot learn from.

        Raises:
            TrainingRefused: naming the split or the value at fault.
        """

    def leakage(self, inputs: NDArray[np.float32], labels: Floats) -> Leakage:
        """Return how well one column, `inputs` (n_rows, n_inputs), alone predicts `labels`."""

    def with_interval(
        self, problem: Problem, model: Model, records: list[Record], outside: Callable[[], Floats]
    ) -> Model:
        """Return the model with its interval, if the task has one.

        `outside` returns the scores of the labelled records by models not fitted on them.
        """


def task_names() -> tuple[str, ...]:
    """Return the names of the tasks, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def task_of(problem: Problem) -> Task:
    """Return the task of the problem: the module of that name in this folder."""
    return cast("Task", import_module(f"{__name__}.{problem.task}"))
