"""The command line as a person meets it: in a temporary home, in this process or by a real one."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from titanic_mlops.cli import main
from titanic_mlops.settings import HOME

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


@pytest.fixture
def champion_home(trained: Path, tmp_path: Path) -> Path:
    """Return a home with a champion of the real table, for one test alone."""
    return Path(shutil.copytree(trained, tmp_path / "champion"))


@pytest.fixture(scope="module")
def run(home: Path) -> Command:
    """Run one command on the module's home in this process, without a process's start-up.

    An unexpected exception fails the test with its own traceback. Root's handlers are set
    aside, so that log lines reach standard error as in a process that configured no logging.
    """

    def command(*words: str | Path, stdin: str = "", at: Path = home, cwd: Path = ROOT) -> Run:
        runner = CliRunner(env={HOME: str(at)}, catch_exceptions=False)
        with chdir(cwd), patch.object(logging.root, "handlers", []):
            done = runner.invoke(
                main, list(map(str, words)), input=stdin, prog_name="titanic-mlops"
            )
        return Run(done.exit_code, done.stdout, done.stderr)

    return command


@pytest.fixture(scope="module")
def run_process(home: Path) -> Command:
    """Run one command on the module's home as a process of its own, warnings as errors."""

    def command(*words: str | Path, stdin: str = "", at: Path = home, cwd: Path = ROOT) -> Run:
        done = subprocess.run(  # noqa: S603 our own program
            [sys.executable, "-W", "error", "-m", "titanic_mlops", *map(str, words)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env={**os.environ, HOME: str(at)},
        )
        return Run(done.returncode, done.stdout, done.stderr)

    return command
