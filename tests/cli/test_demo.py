from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.commands import ROOT
from tests.cli.conftest import Command


@pytest.fixture(scope="module")
def told(run: Command) -> str:
    done = run("demo")
    assert done.status == 0, done.err
    return done.out


@pytest.mark.parametrize(
    "words",
    [
        "896 rows in, 891 accepted, 5 rejected",
        "Age: range",
        "Embarked: category",
        "Pclass: range, Sex: missing",
        "627 TRAIN, 198 TEST, 66 VALIDATION",
        "Version 1 becomes the first champion",
        "Survived = 1 (survived)",
        "█",
        "Listening on http://127.0.0.1:",
        "model_version 1",
        "duplicate, 0 rows",
        "Version 2 is rejected by the gate: its AUC",
        "the same as before: true",
        "Where to go next",
    ],
)
def test_the_demo_tells_every_chapter(told: str, words: str) -> None:
    assert words in told


def test_the_readme_shows_what_the_demo_prints(told: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```text\n(.*?)^```", readme, re.DOTALL | re.MULTILINE)[0]
    printed = without_measurements(told)
    lines = [without_measurements(line) for line in shown.splitlines()]
    assert [line for line in lines if line not in printed] == []


def without_measurements(text: str) -> str:
    """Return a text without what differs between machines, runs and widths of a terminal."""
    return " ".join(re.sub(r"127\.0\.0\.1:\d+|\b\d+ ms\b|…|█+\W?", "", text).split())


def test_the_demo_writes_nothing_into_the_users_home(told: str, home: Path) -> None:
    assert told
    assert list(home.iterdir()) == []
