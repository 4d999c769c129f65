"""How the gate compares two models: one module a task, found by its name, with the same verbs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Protocol, cast

from titanic_mlops.learning.holdout import View
from titanic_mlops.learning.model import Floats
from titanic_mlops.learning.verdict import Check, Paired
from titanic_mlops.problems.base import Problem


class Comparison(Protocol):
    """The verbs of the gate for one task."""

    def checks(self, view: View) -> Iterator[Check]:
        """Yield every check of one view: floors, then the comparison with the champion, if any."""

    def paired(self, view: View) -> tuple[Paired, ...]:
        """Return how much worse the challenger is than the champion of a view; the main one first.

        The view has a champion, and `enough` labels.
        """

    def enough(self, labels: Floats) -> bool:
        """Return whether so many labels can decide between two models."""

    def least(self) -> str:
        """Return in words how many labels are enough."""

    def headline(self, scored: Sequence[View]) -> str:
        """Return the main figure of every view, challenger against champion, in words."""


def comparison_of(problem: Problem) -> Comparison:
    """Return the comparison of the problem's task: the module of that name in this folder."""
    return cast("Comparison", import_module(f"{__name__}.{problem.task}"))
