"""The declared problems, one file each, found by looking into this folder."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from titanic_mlops.errors import UnknownName
from titanic_mlops.problems.base import Problem


def problem_names() -> tuple[str, ...]:
    """Return the names of the declared problems, sorted."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if m.name != "base"))


def load_problem(name: str) -> Problem:
    """Return the declared problem of that name.

    Raises:
        UnknownName: no file of this folder declares it.
    """
    if name not in problem_names():
        known = ", ".join(problem_names())
        raise UnknownName(f"There is no problem named {name!r}; declared are: {known}.")
    problem: Problem = import_module(f"{__name__}.{name}").PROBLEM
    return problem
