"""The fixture `plant`: declare a problem named `planted` beside the real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from titanic_mlops import problems

Plant = Callable[[str], None]
NAMES = (
    *("Dialect", "Group", "IntervalBy", "Members", "OneHot", "Ordered", "Problem", "Rule", "Words"),
)
TITANIC = (Path(problems.__path__[0]) / "titanic.py").read_text(encoding="utf-8")
DECLARATION = (
    TITANIC.replace('name="titanic"', 'name="planted"')
    .replace("from typing import", "from datetime import date\nfrom typing import")
    .replace("OneHot, Problem", ", ".join(NAMES))
)


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    folder = tmp_path / "problems"
    folder.mkdir()
    monkeypatch.setattr(problems, "__path__", [*problems.__path__, str(folder)])

    def declare(source: str) -> None:
        (folder / "planted.py").write_text(source, encoding="utf-8")
        invalidate_caches()

    yield declare
    sys.modules.pop("titanic_mlops.problems.planted", None)
    vars(problems).pop("planted", None)
