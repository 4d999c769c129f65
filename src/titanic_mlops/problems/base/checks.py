"""Every fault of a declaration: its name, its record, what its columns are for, its features."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args, is_typeddict

from titanic_mlops.problems.base.column_checks import column_faults, name_faults
from titanic_mlops.problems.base.columns import Column, read_columns
from titanic_mlops.problems.base.feature_checks import setting_faults, shown, type_faults
from titanic_mlops.problems.base.features import Feature
from titanic_mlops.problems.base.file_checks import file_faults
from titanic_mlops.problems.base.model_checks import model_faults
from titanic_mlops.problems.base.roles import (
    TASKS,
    key_faults,
    label_faults,
    slice_faults,
    target_faults,
    unknown,
)

if TYPE_CHECKING:  # a problem checks itself when it is made
    from titanic_mlops.problems.base.problem import Problem

NAME = "[a-z][a-z0-9]{1,15}"
"""What can name a folder, a BigQuery dataset, a Cloud Run function and a path of a URL."""
RESERVED = frozenset({"health", "ready", "version", "problems", "base"})
"""Names of paths at the root of the service, and of the package of this file."""
_TEXTS = ("title", "source", "description")
_ROLES = ("key", "split_key", "target")
_SEQUENCES = (*("target_labels", "features", "slices", "examples", "ignored", "rules", "groups"),)


def faults_of(problem: Problem) -> Iterator[str]:
    """Yield every fault as "what was found; what would be right"."""
    yield from _own_faults(problem)
    if not is_typeddict(problem.record):
        yield f"the record is {problem.record!r}; it must be a TypedDict"
        return
    columns, unreadable = read_columns(problem.record)
    yield from _record_faults(problem.record, columns, unreadable)
    shapes = list(_shape_faults(problem))
    yield from shapes
    if not shapes:
        names = [*problem.record.__annotations__]
        yield from _unknown_faults(problem, names)
        yield from key_faults(problem, columns)
        yield from target_faults(problem, columns)
        yield from label_faults(problem, columns)
        yield from slice_faults(problem, columns)
        yield from _feature_faults(problem, columns)
        yield from file_faults(problem, columns)
        yield from model_faults(problem, columns)


def _own_faults(problem: Problem) -> Iterator[str]:
    if not re.fullmatch(NAME, str(problem.name)):
        yield (
            f"the name is {problem.name!r}; use 2 to 16 lower-case letters and digits, a letter "
            "first"
        )
    elif problem.name in RESERVED:
        yield f"the name is {problem.name!r}, which the platform uses itself; choose another name"
    for name in _TEXTS:
        if not isinstance(getattr(problem, name), str):
            yield f"the {name} is {getattr(problem, name)!r}; it must be text"
    if not problem.title:
        yield "the title is empty; say in a few words what is predicted"
    if problem.task not in TASKS:
        close = get_close_matches(str(problem.task), TASKS, n=1)
        right = f"did you mean {close[0]!r}?" if close else f"write {_listed(TASKS)}"
        yield f"the task is {problem.task!r}; {right}"


def _record_faults(
    record: type, columns: Mapping[str, Column], unreadable: Mapping[str, str]
) -> Iterator[str]:
    names = [*record.__annotations__]
    if not names:
        yield "the record has no columns; declare the key, the target and what the model reads"
    if not record.__total__:  # type: ignore[attr-defined] # a TypedDict has it
        yield "the record has total=False; write NotRequired at each column that may be absent"
    for name in names:
        yield from name_faults(name)
        if name in unreadable:
            yield f"column {name} {unreadable[name]}"
        else:
            yield from column_faults(columns[name])
    for name, count in Counter(name.lower() for name in names).items():
        if count > 1:
            same = " and ".join(n for n in names if n.lower() == name)
            yield f"columns {same} have one name to BigQuery, which ignores case; rename one"


def _shape_faults(problem: Problem) -> Iterator[str]:
    for name in _ROLES:
        if not isinstance(getattr(problem, name), str):
            yield f"the {name} is {getattr(problem, name)!r}; write the name of one column"
    for name in problem.slices if isinstance(problem.slices, tuple) else ():
        if not isinstance(name, str):
            yield f"slices hold {name!r}; write the name of one column"
    for name in _SEQUENCES:
        value = getattr(problem, name)
        if not isinstance(value, tuple):
            yield f"{name} is {value!r}; write a tuple, as in (first, second) or (only,)"
    for feature in problem.features if isinstance(problem.features, tuple) else ():
        if not isinstance(feature, get_args(Feature)):
            kinds = [f"{kind.__name__}(column)" for kind in get_args(Feature)]
            yield f"features hold {feature!r}; write {', '.join(kinds[:-1])} or {kinds[-1]}"
        elif not isinstance(feature.column, str):
            yield (
                f"the feature {type(feature).__name__} reads {feature.column!r}; "
                "write the name of one column"
            )


def _unknown_faults(problem: Problem, names: Iterable[str]) -> Iterator[str]:
    roles = [(f"the {role} is", getattr(problem, role)) for role in _ROLES]
    roles = [(found, name) for found, name in roles if name or found == "the target is"]
    roles += [("slices hold", name) for name in problem.slices]
    roles += [(f"the feature {type(f).__name__} reads", f.column) for f in problem.features]
    for found, name in roles:
        if name not in names:
            yield unknown(found, name, names)


def _feature_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    if not problem.features:
        yield "features are empty, so the model would read nothing; name at least one column"
    roles = {problem.key: "the key", problem.target: "the target"}
    for feature in problem.features:
        column = columns.get(feature.column)
        if column and feature.column in roles:
            yield f"{shown(feature)} reads {roles[feature.column]}; remove it"
        elif column:
            yield from type_faults(feature, column)
        yield from setting_faults(feature)
    for words, count in Counter(map(shown, problem.features)).items():
        if count > 1:
            yield f"{words} is there {count} times, with inputs of the same names; keep one"


def _listed(names: Iterable[str]) -> str:
    *first, last = map(repr, names)
    return f"{', '.join(first)} or {last}"
