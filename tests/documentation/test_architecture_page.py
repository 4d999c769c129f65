"""The documents name every room, and only rooms, files and commands that are there."""

from __future__ import annotations

import re
from pathlib import Path

from titanic_mlops.cli import main

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "titanic_mlops"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
HOUSE = PAGE.partition("## The house")[2].partition("## Where the course's steps are")[0]
COURSE = PAGE.partition("## Where the course's steps are")[2].partition("## Decisions")[0]


def test_the_house_names_every_room() -> None:
    named = set(re.findall(r"`([a-z_]+(?:\.py|/))[a-z]*/?`", HOUSE))
    rooms = {path.name if path.is_file() else f"{path.name}/" for path in PACKAGE.iterdir()}
    assert {room for room in rooms if not room.startswith(("_", "py.typed"))} <= named


def test_the_course_leads_to_files_that_are_there() -> None:
    files = set(re.findall(r"`([a-z_/]+\.(?:py|tf))`", COURSE))
    assert len(files) > 15
    assert {f for f in files if not (PACKAGE / f).is_file() and not (ROOT / f).is_file()} == set()


def test_every_step_and_exercise_of_the_course_has_a_row() -> None:
    first = re.findall(r"^\| (\d+)(?:\D(\d+))? ", COURSE, re.MULTILINE)
    numbers = [n for low, high in first for n in range(int(low), int(high or low) + 1)]
    assert numbers == [*range(1, 15), *range(5)]


def test_the_course_names_commands_that_exist() -> None:
    named = set(re.findall(r"`titanic-mlops ([a-z]+)", COURSE))
    assert named
    assert named <= set(main.list_commands(main.make_context("titanic-mlops", ["demo"])))
