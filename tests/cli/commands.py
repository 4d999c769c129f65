"""Two ways to run a command: here, in the tests' process, or as a process of its own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner

from titanic_mlops.cli import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """What one command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 whatever document it printed
        return json.loads(self.out)


def run_here(
    words: Sequence[str | Path], env: Mapping[str, str], *, stdin: str = "", cwd: Path = ROOT
) -> Run:
    """Run a command in this process, so that no process has to start and import.

    An unexpected exception fails the test with its own traceback. Root's handlers are set
    aside, so that log lines reach standard error as in a process that configured no logging.
    """
    runner = CliRunner(env=env, catch_exceptions=False)
    with chdir(cwd), patch.object(logging.root, "handlers", []):
        done = runner.invoke(main, list(map(str, words)), input=stdin, prog_name="titanic-mlops")
    return Run(done.exit_code, done.stdout, done.stderr)


def run_process(
    words: Sequence[str | Path], env: Mapping[str, str], *, stdin: str = "", cwd: Path = ROOT
) -> Run:
    """Run a command as a process of its own, with warnings as errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "titanic_mlops", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **env},
    )
    return Run(done.returncode, done.stdout, done.stderr)
