"""What keeps answers from being learned and explained as declared; and wrong examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from titanic_mlops.problems.base.columns import Column
from titanic_mlops.problems.base.explaining import Group, IntervalBy
from titanic_mlops.problems.base.roles import REGRESSION, unknown

if TYPE_CHECKING:  # a problem checks itself when it is made
    from titanic_mlops.problems.base.problem import Problem

FAMILIES = ("trees", "linear")
TRANSFORMS = ("", "log")
MOST_DECIMALS = 9
_FEWEST_IN_GROUP = 2


def model_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    """Yield what is wrong with the family, the target's form, groups, intervals and examples."""
    if problem.family not in FAMILIES:
        yield f"the family is {problem.family!r}; write 'trees' or 'linear'"
    yield from _answer_faults(problem)
    yield from _group_faults(problem)
    yield from _interval_faults(problem, columns)
    yield from _example_faults(problem, columns)


def _answer_faults(problem: Problem) -> Iterator[str]:
    decimals = problem.target_decimals
    if problem.target_transform not in TRANSFORMS:
        yield f'the target_transform is {problem.target_transform!r}; write "log", or leave it out'
    if problem.task != REGRESSION and (problem.target_transform or decimals is not None):
        yield (
            f"target_transform and target_decimals belong to a regression; a {problem.task} has "
            "classes, so leave them out"
        )
    if decimals is not None and (
        isinstance(decimals, bool)
        or not isinstance(decimals, int)
        or not 0 <= decimals <= MOST_DECIMALS
    ):
        yield f"target_decimals is {decimals!r}; write a whole number from 0 to {MOST_DECIMALS}"


def _group_faults(problem: Problem) -> Iterator[str]:
    read = {feature.column for feature in problem.features}
    members: Counter[str] = Counter()
    for group in problem.groups:
        if not isinstance(group, Group) or not isinstance(group.columns, tuple):
            yield f'groups hold {group!r}; write Group("size", ("x", "y"))'
            continue
        if group.name in read:
            yield f"the group {group.name!r} has the name of a feature's column; rename it"
        if not isinstance(group.name, str) or not group.name.strip():
            yield f"a group has the name {group.name!r}; write the word that explanations show"
        if len(group.columns) < _FEWEST_IN_GROUP:
            yield f"the group {group.name!r} has {len(group.columns)} columns; it needs at least 2"
        for name in group.columns:
            if name not in read:
                yield unknown_input(f"the group {group.name!r} holds", name)
        members.update(group.columns)
    for name, count in members.items():
        if count > 1:
            yield f"the column {name} is in {count} groups; it can be in one"


def unknown_input(found: str, name: object) -> str:
    """Return the fault of a name that no feature reads."""
    return f"{found} {name!r}, which no feature reads; add a feature or remove it"


def _interval_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    by = problem.interval_by
    if by is None:
        return
    if not isinstance(by, IntervalBy):
        yield f'interval_by is {by!r}; write IntervalBy("size", (1.0, 2.0))'
        return
    if problem.task != REGRESSION:
        yield f"interval_by belongs to a regression; a {problem.task} has no interval"
    column = columns.get(by.column)
    if column is None:
        yield unknown("interval_by reads", by.column, columns)
    elif not column.is_number or column.name not in {f.column for f in problem.features}:
        yield f"interval_by reads {by.column}, which must be a number that a feature reads"
    edges = by.edges
    if not isinstance(edges, tuple) or not edges or list(edges) != sorted(set(edges)):
        yield f"interval_by has the edges {edges!r}; write a tuple of rising numbers"


def _example_faults(problem: Problem, columns: Mapping[str, Column]) -> Iterator[str]:
    for example in problem.examples:
        if not isinstance(example, Mapping):
            yield f"examples hold {example!r}; write a dict of an input's values"
            continue
        for name in example:
            if name == problem.target:
                yield f"an example holds {name}, the target; remove it"
            elif name not in columns:
                yield unknown("an example holds", name, columns)
