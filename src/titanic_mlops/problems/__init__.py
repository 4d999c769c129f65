"""The declared problems, one file each: in this folder, and in the user's own, if there is one."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from titanic_mlops.errors import DeclarationInvalid, SettingsInvalid, UnknownName
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import own_problems


def problem_names() -> tuple[str, ...]:
    """Return the names of the modules that declare a problem, sorted; none is loaded."""
    _look_into_own_folder()
    return tuple(sorted({m.name for m in iter_modules(__path__) if m.name != "base"}))


def served_problems(only: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names of the problems that a process serves: `only` these, or every declared."""
    return only or problem_names()


def require_declared(setting: str, names: Iterable[str]) -> None:
    """Require that every problem that a setting lists is declared.

    Raises:
        SettingsInvalid: one is not, for instance because it is misspelt.
    """
    declared = problem_names()
    for name in names:
        if name not in declared:
            raise SettingsInvalid(
                f"{setting} lists {name!a}, no declared problem; there are: {', '.join(declared)}."
            )


def load_problem(name: str) -> Problem:
    """Return the declared problem of that name.

    Raises:
        UnknownName: no file of this folder declares it.
        DeclarationInvalid: the file declares it with faults, or cannot be imported.
    """
    names = problem_names()
    if name not in names:
        close = get_close_matches(name, names, n=1)
        known = f"did you mean {close[0]}?" if close else f"declared are: {', '.join(names)}."
        raise UnknownName(f"There is no problem named {name!r}; {known}")
    file = f"problems/{name}.py"
    return _problem_of(_import(name, file), name, file)


def read_declaration(name: str, source: str) -> Problem:
    """Return the problem that the text of a module declares, without a file in this package.

    Raises:
        DeclarationInvalid: the text declares it with faults.
    """
    qualified = f"{__name__}.{name}"
    before = sys.modules.pop(qualified, None)
    module = sys.modules[qualified] = ModuleType(qualified)  # annotations are read from there
    try:
        exec(compile(source, f"{name}.py", "exec"), vars(module))  # noqa: S102 it is what `init` drafts
        problem = _problem_of(module, name, f"problems/{name}.py")
        problem.by_name  # noqa: B018 read while the module is there
    finally:
        del sys.modules[qualified]
        if before:
            sys.modules[qualified] = before
    return problem


def _problem_of(module: ModuleType, name: str, file: str) -> Problem:
    problem = getattr(module, "PROBLEM", None)
    if problem is None:
        fault = "the module has no PROBLEM; assign it, as in PROBLEM = Problem(...)"
        raise DeclarationInvalid(file, [fault])
    if not isinstance(problem, Problem):
        fault = f"PROBLEM is of the type {type(problem).__name__}; it must be a Problem"
        raise DeclarationInvalid(file, [fault])
    if problem.name != name:
        fault = f"the problem's name is {problem.name!r}, not the file's; write name={name!r}"
        raise DeclarationInvalid(file, [fault])
    return problem


def _look_into_own_folder() -> None:
    """Add the folder that the environment names to where modules of this package are found.

    Raises:
        SettingsInvalid: a file there has the name of a problem of this package, which would be
            loaded in its place.
    """
    own = own_problems()
    if not own or str(own) in __path__:
        return
    shipped = {module.name for module in iter_modules(__path__[:1])}
    if taken := sorted(shipped & {module.name for module in iter_modules([str(own)])}):
        raise SettingsInvalid(
            f"{own / taken[0]}.py has the name of a problem of the package, which would be loaded "
            "in its place; rename the file and the problem in it."
        )
    __path__.append(str(own))


def _import(name: str, file: str) -> ModuleType:
    try:
        return import_module(f"{__name__}.{name}")
    except DeclarationInvalid:
        raise
    except (Exception, SystemExit) as error:  # a module may raise anything
        found = f"{type(error).__name__}{_line_of(error, name)}: {getattr(error, 'msg', error)}"
        fault = f"the module cannot be imported: {found}; correct that line"
        raise DeclarationInvalid(file, [fault]) from error


def _line_of(error: BaseException, name: str) -> str:
    """Return the last line of the declaring file that the error came from, in words."""
    if isinstance(error, SyntaxError):
        return f" in line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).stem == name]
    return f" in line {lines[-1]}" if lines else ""
