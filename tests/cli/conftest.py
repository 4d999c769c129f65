"""The command line as a person meets it: in a temporary home, in this process or by a real one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.commands import ROOT, Run, run_here
from tests.cli.commands import run_process as run_as_process
from titanic_mlops.settings import HOME

TABLE = ROOT / "dataset" / "titanic.csv"

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
    """Run one command on the module's home in this process."""

    def command(*words: str | Path, stdin: str = "", at: Path = home, cwd: Path = ROOT) -> Run:
        return run_here(words, {HOME: str(at)}, stdin=stdin, cwd=cwd)

    return command


@pytest.fixture(scope="module")
def run_process(home: Path) -> Command:
    """Run one command on the module's home as a process of its own."""

    def command(*words: str | Path, stdin: str = "", at: Path = home, cwd: Path = ROOT) -> Run:
        return run_as_process(words, {HOME: str(at)}, stdin=stdin, cwd=cwd)

    return command
