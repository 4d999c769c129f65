"""What a deployed function can come to import, found by reading; nothing is run."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "titanic_mlops"
BUNDLES = ROOT / "terraform" / "bundles.json"
CARRIED = ("**/*.py", "**/*.html", "**/*.css", "**/*.js")
"""Which files of the package a zip may carry at all."""

FOUND_BY_NAME = ("problems/", "learning/comparison/", "learning/tasks/")
"""Folders whose `__init__.py` imports the modules beside it by name."""

Cuts = Mapping[str, tuple[str, ...]]
"""For a module or a folder, what it imports inside functions that this bundle never calls there.

Each is the beginning of a path of ours, or the name of another package.
"""

ON_A_LAPTOP = ("platforms/local/",)
ANSWERS_ONLY: Cuts = {"learning/tasks/": ("learning/metrics.py", "sklearn")}
"""The verbs of a task that learn or judge."""
NEVER: Mapping[str, Cuts] = {
    "ingest_data": {"platforms/ports.py": ON_A_LAPTOP},
    "monitor_model": {"platforms/ports.py": ON_A_LAPTOP},
    "predictions_endpoint": {"platforms/serving.py": ON_A_LAPTOP, **ANSWERS_ONLY},
    "train_model": {"platforms/ports.py": ON_A_LAPTOP},
}


@dataclass
class Reach:
    """Modules as paths below the package, the names of other packages, the cuts that were met."""

    modules: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    met: set[tuple[str, str]] = field(default_factory=set)


def reach(function: str) -> Reach:
    """Return all that the entry point of that name may import, whether at once or on use."""
    found = Reach()
    waiting = {"__init__.py", "functions/__init__.py", f"functions/{function}.py"}
    while waiting:
        module = waiting.pop()
        found.modules.add(module)
        for name, on_use in imports(module):
            cut = next((c for c in cuts(function, module) if on_use and is_cut(name, c[1])), None)
            if cut:
                found.met.add(cut)
            elif name.startswith("titanic_mlops"):
                waiting |= set(modules_of(name)) - found.modules
            else:
                found.others.add(name)
        for folder in FOUND_BY_NAME:
            if module == f"{folder}__init__.py":
                beside = {f"{folder}{path.name}" for path in (PACKAGE / folder).glob("*.py")}
                waiting |= beside - found.modules
    return found


def cuts(function: str, module: str) -> Iterator[tuple[str, str]]:
    """Yield the cuts that hold in a module: the key of NEVER, and one beginning or package."""
    for place, beginnings in NEVER[function].items():
        if module.startswith(place):
            yield from ((place, beginning) for beginning in beginnings)


def is_cut(name: str, beginning: str) -> bool:
    """Return whether a dotted name is our module with this path, or in the package of this name."""
    if not name.startswith("titanic_mlops"):
        return name.partition(".")[0] == beginning
    return any(module.startswith(beginning) for module in modules_of(name))


def modules_of(name: str) -> Iterator[str]:
    """Yield the paths that importing a dotted name executes; its end may be no module."""
    parts = name.split(".")[1:]
    for end in range(len(parts) + 1):
        stem = "/".join(parts[:end])
        for path in (f"{stem}.py", f"{stem}/__init__.py".lstrip("/")):
            if (PACKAGE / path).is_file():
                yield path


def imports(module: str) -> Iterator[tuple[str, bool]]:
    """Yield the dotted names that a module imports, and whether a function does so, on use."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, on_use = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, on_use) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", on_use) for alias in node.names)
        on_use = on_use or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        waiting += [(child, on_use) for child in ast.iter_child_nodes(node)]


def leaves_out(function: str) -> list[str]:
    """Return the modules that a function needs none of; a folder ends in a slash."""
    needed = reach(function).modules
    return list(_left(PACKAGE, needed))


def _left(folder: Path, needed: set[str]) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(PACKAGE).as_posix()
        if path.suffix == ".py" and name not in needed:
            yield name
        elif path.is_dir() and any(path.rglob("*.py")):
            if any(module.startswith(f"{name}/") for module in needed):
                yield from _left(path, needed)
            else:
                yield f"{name}/"


def bundles() -> str:
    """Return what terraform/bundles.json should hold."""
    chosen = {"files": CARRIED, "leaves_out": {name: leaves_out(name) for name in NEVER}}
    return json.dumps(chosen, indent=2) + "\n"


if __name__ == "__main__":
    BUNDLES.write_text(bundles(), encoding="utf-8")
