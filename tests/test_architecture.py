"""Which module may import what. Folders say the architecture; this holds it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "titanic_mlops"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))

IMPURE = ("adapters", "settings.py", "platforms", "functions", "web", "cli")
"""All that may touch the world: environment, disk, clock, network, processes."""
WORLDLY = {"duckdb", "filelock", "rich", "click", "sqlite3", "subprocess", "socket", "getpass"}
WORLDLY_CALLS = {"environ", "getenv", "system", "popen"}
LEARNING = {"sklearn", "pandas"}
"""What serving a prediction, and checking a file, must do without."""

ROOMS: dict[str, set[str]] = {
    "errors.py": set(),
    "settings.py": {"errors", "events"},
    "problems": {"problems", "errors"},
    "ports.py": set(),
    "rules": {"rules", "problems", "errors"},
    "tables": {"tables", "problems", "ports"},
    "derive": {"derive", "learning", "rules", "tables", "problems", "errors", "ports"},
    "card.py": {"errors"},
    "champion.py": {"errors"},
    "events.py": {"errors"},
    "messages.py": {"errors", "events"},
    "logs.py": set(),
    "registry.py": {"card", "champion", "errors", "learning", "ports"},
    "ledger.py": {"errors", "events", "ports"},
    "prediction.py": {"rules", "errors", "learning", "problems"},
    "ingestion": {"ingestion", "rules", "tables", "errors", "problems"},
    "learning": {"learning", "card", "tables", "rules", "errors", "ports", "problems"},
    "pipeline": {
        "pipeline", "card", "champion", "tables", "errors", "events", "ingestion", "learning",
        "ledger", "messages", "ports", "prediction", "problems", "registry", "rules",
    },
    "adapters": {"adapters", "errors", "messages", "ports"},
    "platforms": {
        "adapters", "tables", "errors", "events", "ledger", "logs", "messages", "pipeline",
        "ports", "prediction", "problems", "registry", "settings", "web", "platforms",
    },
    "functions": {
        "errors", "events", "functions", "logs", "messages", "pipeline", "ports", "problems",
        "settings", "web", "platforms",
    },
    "web": {
        "champion", "derive", "errors", "logs", "learning", "prediction", "problems", "registry",
        "rules",
        "web",
    },
    "cli": {
        "cli", "champion", "derive", "errors", "learning", "ledger", "logs", "messages",
        "pipeline", "ports", "prediction", "problems", "registry",
        "settings", "rules", "tables", "web", "platforms",
    },
    "__init__.py": set(),
    "__main__.py": {"cli"},
}  # fmt: skip
"""What each room may import of the package; a new room must be entered here."""


def test_a_module_imports_only_rooms_that_its_own_may_see() -> None:
    assert _offences(lambda module: _rooms(module) - ROOMS[module.parts[0]]) == {}


def test_only_named_rooms_touch_the_world() -> None:
    def worldly(module: Path) -> set[str]:
        named = {node.attr for node in _walk(module) if isinstance(node, ast.Attribute)}
        return _packages(module) & WORLDLY | named & WORLDLY_CALLS

    pure = [module for module in MODULES if module.parts[0] not in IMPURE]
    assert _offences(worldly, pure) == {}


def test_only_training_and_the_gate_load_what_learning_needs() -> None:
    others = [m for m in MODULES if m.parts[0] != "learning" and m.name != "train_model.py"]
    assert _offences(lambda module: _packages(module) & LEARNING, others) == {}


def test_no_module_but_an_adapter_for_it_imports_a_cloud() -> None:
    others = [module for module in MODULES if module.parts[:2] != ("adapters", "gcp")]
    assert _offences(lambda module: _packages(module) & {"google"}, others) == {}


def test_answering_a_prediction_loads_neither_scikit_learn_nor_pandas_nor_duckdb() -> None:
    code = (
        "import sys, titanic_mlops.pipeline.predict;"
        "print(sorted({'sklearn', 'pandas', 'duckdb', 'scipy'} & set(sys.modules)))"
    )
    assert _python(code) == "[]"


def test_help_loads_nothing_that_is_slow_to_load() -> None:
    code = (
        "import sys, titanic_mlops.cli;"
        "slow = {'sklearn', 'pandas', 'duckdb', 'numpy', 'pyarrow', 'rich', 'sqlglot', 'flask',"
        " 'uvicorn', 'google.cloud.storage'};"
        "print(sorted(slow & set(sys.modules)))"
    )
    assert _python(code) == "[]"


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils.py", "helpers.py", "manager.py", "common.py", "misc.py", "base_utils.py"}
    assert not {module.name for module in MODULES} & empty


def _python(code: str) -> str:
    import subprocess  # noqa: PLC0415 a fresh interpreter is the point

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 fixed code
    return done.stdout.strip()


def _offences(
    of: Callable[[Path], set[str]], modules: Iterable[Path] = MODULES
) -> dict[str, set[str]]:
    """Return by module what it must not have; the modules must not be none."""
    looked_at = {str(module): of(module) for module in modules}
    assert looked_at
    return {module: found for module, found in looked_at.items() if found}


def _packages(module: Path) -> set[str]:
    return {name.split(".")[0] for name in _imports(module)}


def _rooms(module: Path) -> set[str]:
    own = {name for name in _imports(module) if name.startswith("titanic_mlops.")}
    return {name.split(".")[1] for name in own}


@cache
def _imports(module: Path) -> frozenset[str]:
    return frozenset(_imported(module))


def _imported(module: Path) -> Iterator[str]:
    for node in _walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _walk(module: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8")))
