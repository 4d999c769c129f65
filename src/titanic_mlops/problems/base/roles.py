"""What the key, the split key, the target and the slices must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from titanic_mlops.problems.base.columns import Column

if TYPE_CHECKING:  # a problem checks itself when it is made
    from titanic_mlops.problems.base.problem import Problem

CLASSIFICATION, REGRESSION = "classification", "regression"
ANSWER_TYPES = {CLASSIFICATION: int, REGRESSION: float}
"""Each task and the type of its predictions; learning/tasks/ holds what else a task means."""


def unknown(found: str, name: object, known: Iterable[str]) -> str:
    """Return the fault of a name that is not `known`, with the name that was probably meant."""
    names = list(known)
    close = get_close_matches(str(name).lower(), [n.lower() for n in names], n=1)
    meant = next((n for n in names if close and n.lower() == close[0]), "")
    right = f"did you mean {meant}?" if meant else f"the columns are {', '.join(names)}"
    return f"{found} {name!r}, which is not a column; {right}"


def key_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield what keeps `key` and `split_key` from identifying rows."""
    for role, name in (("key", problem.key), ("split_key", problem.split_key)):
        column = columns.get(name)
        if column and column.nullable:
            yield f"the {role} {name} may be null, but every row needs one; remove | None"
        if column and column.type is float:
            yield f"the {role} {name} is a float, which is not exact; use an int or text column"


def target_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield what keeps the target from being what the task predicts, and other roles off it."""
    name = problem.target
    for role, other in (("key", problem.key), ("split_key", problem.split_key)):
        if other == name:
            yield f"the target {name} is the {role} as well; predict another column"
    column = columns.get(name)
    if column is None:
        return
    if column.optional and not column.nullable:
        yield f"the target {name} is NotRequired but may not be null; add | None, or require it"
    if problem.task == CLASSIFICATION and _found(column) != _found(_CLASSES):
        yield (
            f"the target {name} is {_found(column)}; a classification predicts an int with "
            "minimum=0 and maximum=1"
        )
    if problem.task == REGRESSION and column.type is str:
        yield f"the target {name} is {_found(column)}; a regression predicts a float or an int"


def label_faults(problem: Problem) -> Iterator[str]:
    """Yield what is wrong with the words for the classes."""
    labels = problem.target_labels
    said = ", ".join(map(repr, labels)) or "empty"
    if problem.task == REGRESSION and labels:
        yield f"target_labels are {said}, but a regression has no classes; write ()"
    if problem.task == CLASSIFICATION:
        texts = {label for label in labels if isinstance(label, str) and label.strip()}
        if len(labels) != len(_TWO) or len(texts) != len(_TWO):
            yield f'target_labels are {said}; write two texts, for 0 and for 1, as in ("no", "yes")'


def slice_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield what keeps a slice from being a group of rows that a verdict may name."""
    roles = {problem.target: "the target", problem.key: "the key"}
    for name in dict.fromkeys(problem.slices):
        column = columns.get(name)
        if name in roles and column:
            yield f"the slice {name} is {roles[name]}, which forms no groups to compare; remove it"
        elif column and column.type is float:
            yield f"the slice {name} is a float, which forms no groups to compare; remove it"
        elif column and column.personal:
            yield f"the slice {name} is personal, but verdicts show its values; remove it"
        if problem.slices.count(name) > 1:
            yield f"the slice {name} is listed twice; remove one"


_TWO = (0, 1)
_CLASSES = Column(description="", type=int, minimum=0, maximum=1)


def _found(column: Column) -> str:
    if column.categories:
        return "one of categories"
    if column.type is str:
        return "text"
    low, high = column.minimum, column.maximum
    bounds = f" from {low:g}" if low is not None else ""
    bounds += f" to {high:g}" if high is not None else ""
    return ("an int" if column.type is int else "a float") + bounds
