"""The command line as a person meets it: in a temporary home, by real processes or in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "dataset" / "titanic.csv"


@dataclass(frozen=True)
class Run:
    """What one command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 whatever document it printed
        return json.loads(self.out)


Command = Callable[..., Run]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(home: Path) -> Command:
    """Run one command on the module's home as a process of its own."""

    def command(*words: str | Path, stdin: str = "", at: Path = home, cwd: Path = ROOT) -> Run:
        done = subprocess.run(  # noqa: S603 our own program
            [sys.executable, "-W", "error", "-m", "titanic_mlops", *map(str, words)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env={**os.environ, "TITANIC_MLOPS_HOME": str(at)},
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return command
