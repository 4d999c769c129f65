"""The architecture that no import contract can say: who touches the world, what a start loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "titanic_mlops"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))

IMPURE = ("adapters", "settings.py", "platforms", "functions", "web", "cli")
"""All that may touch the world: environment, disk, clock, network, processes."""
WORLDLY = {"duckdb", "filelock", "rich", "click", "sqlite3", "subprocess", "socket", "getpass"}
WORLDLY_CALLS = {"environ", "getenv", "system", "popen"}


def test_the_import_contracts_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--no-logo"],
        cwd=PACKAGE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_named_rooms_touch_the_world() -> None:
    pure = [module for module in MODULES if module.parts[0] not in IMPURE]
    assert pure
    assert {str(module): found for module in pure if (found := _worldly(module))} == {}


def test_answering_a_prediction_loads_no_learning_library() -> None:
    loaded = _loaded_by("titanic_mlops.pipeline.predict")
    assert not loaded & {"sklearn", "pandas", "duckdb", "scipy"}


def test_monitoring_loads_no_learning_library() -> None:
    """The profile of a training apart: the function that monitors is deployed without them."""
    parts = ("counting_sql", "drift", "windows", "decay", "estimate", "decision")
    loaded = _loaded_by(", ".join(f"titanic_mlops.monitoring.{part}" for part in parts))
    assert not loaded & {"sklearn", "pandas", "duckdb", "scipy"}


def test_help_loads_nothing_that_is_slow_to_load() -> None:
    loaded = _loaded_by("titanic_mlops.cli")
    slow = {"sklearn", "pandas", "duckdb", "numpy", "pyarrow", "rich", "sqlglot", "flask"}
    assert not loaded & (slow | {"uvicorn", "google.cloud.storage"})


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils.py", "helpers.py", "manager.py", "common.py", "misc.py", "base_utils.py"}
    assert not {module.name for module in MODULES} & empty


def _worldly(module: Path) -> set[str]:
    tree = list(ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))))
    called = {node.attr for node in tree if isinstance(node, ast.Attribute)}
    imported = {name.split(".")[0] for name in _imports(tree)}
    return imported & WORLDLY | called & WORLDLY_CALLS


def _imports(tree: list[ast.AST]) -> Iterator[str]:
    for node in tree:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _loaded_by(module: str) -> set[str]:
    """Return the names of all modules that a fresh process loads with this one."""
    code = f"import sys, {module}; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())
