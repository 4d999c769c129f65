"""What only a process of its own shows: exit status, both streams, standard input, every warning.

The other tests run their commands in the tests' process, where modules are imported already.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from titanic_mlops.settings import HOME

pytestmark = pytest.mark.repeats

REQUEST = '{"Pclass": "2", "Sex": "female", "Age": 14, "SibSp": 1, "Parch": 0}'


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("train",),
        ("models", "list"),
        ("models", "show", "1"),
        ("held", "list"),
        ("dead", "list"),
    ],
    ids=" ".join,
)
def test_a_command_ends_with_zero_and_without_a_warning(
    run_process: Command, champion_home: Path, words: tuple[str, ...]
) -> None:
    done = run_process(*words, at=champion_home)
    assert done.status == 0, done.err
    assert done.out
    assert [line for line in done.err.splitlines() if not line.endswith("…")] == []


def test_a_request_is_read_from_standard_input(run_process: Command, champion_home: Path) -> None:
    done = run_process("predict", "-", "--json", stdin=REQUEST, at=champion_home)
    assert (done.status, done.err) == (0, "")
    assert done.json["prediction"] == 1


def test_a_refusal_ends_with_one_and_one_sentence(run_process: Command, tmp_path: Path) -> None:
    done = run_process("predict", "{", at=tmp_path)
    assert (done.status, done.out) == (1, "")
    (sentence,) = done.err.splitlines()
    assert sentence.startswith("Request ")


def test_wrong_usage_ends_with_two(run_process: Command, tmp_path: Path) -> None:
    done = run_process("models", "show", "one", at=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "Usage:" in done.err


@pytest.mark.parametrize(
    "words", [("models", "list"), ("models", "list", "--json"), ("derive",)], ids=" ".join
)
def test_a_closed_pipe_causes_no_traceback(
    champion_home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "pyproject.toml").touch()  # `derive` asks for one
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "titanic_mlops", *words],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, HOME: str(champion_home)},
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")
