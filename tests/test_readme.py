"""The README's own blocks run, in order, on one temporary home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
RUNNABLE = [(kind, text) for kind, text in BLOCKS if "make " not in text]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


def test_the_first_screen_shows_the_two_commands() -> None:
    first_screen = "\n".join(README.splitlines()[:15])
    assert "make demo" in first_screen
    assert "make test" in first_screen


def test_the_blocks_that_run_are_found() -> None:
    assert [kind for kind, _ in RUNNABLE] == ["sh", "python"]


@pytest.mark.parametrize(("kind", "text"), RUNNABLE, ids=[kind for kind, _ in RUNNABLE])
def test_a_block_runs_as_it_stands(kind: str, text: str, home: Path) -> None:
    program = ["sh", "-e", "-c"] if kind == "sh" else [sys.executable, "-c"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(  # noqa: S603 the README's own text
        [*program, text],
        cwd=ROOT,
        env={**os.environ, "TITANIC_MLOPS_HOME": str(home), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_a_link_leads_to_a_file(target: str) -> None:
    assert (ROOT / target).exists()
