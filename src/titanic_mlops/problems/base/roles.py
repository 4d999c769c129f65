"""What the key, the split key, the target and the slices must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal, get_args

from titanic_mlops.problems.base.columns import Column

if TYPE_CHECKING:  # a problem checks itself when it is made
    from titanic_mlops.problems.base.problem import Problem

Task = Literal["classification", "multiclass", "regression"]
CLASSIFICATION, MULTICLASS, REGRESSION = TASKS = get_args(Task)
"""Two classes, 3 to 10 classes, a number; learning/tasks/ holds what else a task means."""
MOST_CLASSES = 10


def classes_of(column: Column) -> tuple[int, ...] | tuple[str, ...]:
    """Return the classes that a target column declares: categories, or a short range of ints."""
    if column.type is str:
        return column.categories
    low, high = column.minimum, column.maximum
    if column.type is not int or low is None or high is None or high - low >= MOST_CLASSES:
        return ()
    return tuple(range(int(low), int(high) + 1))


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
        if column and column.type not in (int, str):
            yield (
                f"the {role} {name} is {_found(column)}, which does not identify a row; use an int "
                "or text column"
            )


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
    found = f"the target {name} is {_found(column)}"
    classes = len(classes_of(column))
    if problem.task == CLASSIFICATION and classes != len(_TWO):
        yield (
            f"{found}; a classification predicts an int with minimum=0 and maximum=1, or a Literal "
            'of two texts, as in Literal["no", "yes"]'
        )
    elif problem.task == CLASSIFICATION and column.type is int and classes_of(column) != _TWO:
        yield f"{found}; a classification predicts an int with minimum=0 and maximum=1"
    if problem.task == MULTICLASS and not len(_TWO) < classes <= MOST_CLASSES:
        yield (
            f"{found}; a multiclass problem predicts a Literal of 3 to {MOST_CLASSES} texts, or an "
            "int with minimum and maximum"
        )
    if problem.task == REGRESSION and not column.is_number:
        yield f"{found}; a regression predicts a float or an int"
    if problem.task == REGRESSION and problem.target_transform == "log":
        yield from _logarithm_faults(column)


def label_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield what is wrong with the words for the classes."""
    labels = problem.target_labels
    said = ", ".join(map(repr, labels)) or "empty"
    if problem.task == REGRESSION:
        if labels:
            yield f"target_labels are {said}, but a regression has no classes; write ()"
        return
    column = columns.get(problem.target)
    if column is None or not (classes := classes_of(column)):
        return
    if column.type is str:
        if labels:
            yield f"target_labels are {said}, but the target's categories are words; write ()"
        return
    texts = {label for label in labels if isinstance(label, str) and label.strip()}
    if len(labels) != len(classes) or len(texts) != len(classes):
        if classes == _TWO:
            yield f'target_labels are {said}; write two texts, for 0 and for 1, as in ("no", "yes")'
        else:
            yield (
                f"target_labels are {said}; write {len(classes)} texts, for {classes[0]} to "
                f"{classes[-1]}"
            )


def slice_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield what keeps a slice from being a group of rows that a verdict may name."""
    roles = {problem.target: "the target", problem.key: "the key"}
    for name in dict.fromkeys(problem.slices):
        column = columns.get(name)
        if name in roles and column:
            yield f"the slice {name} is {roles[name]}, which forms no groups to compare; remove it"
        elif column and column.type not in (int, bool, str):
            yield (
                f"the slice {name} is {_found(column)}, which forms no groups to compare; remove it"
            )
        elif column and column.personal:
            yield f"the slice {name} is personal, but verdicts show its values; remove it"
        if problem.slices.count(name) > 1:
            yield f"the slice {name} is listed twice; remove one"


def _logarithm_faults(column: Column) -> Iterator[str]:
    if column.minimum is None or column.minimum <= 0:
        yield (
            f'the target_transform is "log", but {column.name} may be 0 or less; declare a minimum '
            "above 0"
        )


_TWO = (0, 1)


def _found(column: Column) -> str:
    if column.type is not str and not column.is_number:
        return {bool: "a boolean", list: "a set"}.get(column.type, f"a {column.type.__name__}")
    if column.categories:
        return "one of categories"
    if column.type is str:
        return "text"
    low, high = column.minimum, column.maximum
    bounds = f" from {low:g}" if low is not None else ""
    bounds += f" to {high:g}" if high is not None else ""
    return ("an int" if column.type is int else "a float") + bounds
