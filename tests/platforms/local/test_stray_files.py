"""Files that nothing reads are named once, with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.platforms.local.stray_files import StrayFiles

DECLARED = ("diamonds", "titanic")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "landing"
    LandingFolder(root).begin()
    for folder in (*DECLARED, "titanik"):
        (root / folder).mkdir()
    return root


def test_each_stray_file_has_its_reason(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text("x")
    (root / "titanic" / "link.csv").symlink_to(tmp_path / "outside.csv")
    os.mkfifo(root / "titanic" / "pipe.csv")
    names = ("stray.csv", "titanik/x.csv", "titanic/back\\slash.csv", "titanic/new\nline.csv")
    for name in (*names, "titanic/good.csv", "titanic/.hidden.csv", "diamonds/x.csv"):
        (root / name).write_text("x")
    told = dict(StrayFiles(LandingFolder(root), ("titanic",), DECLARED).news())
    assert told == {
        "stray.csv": "it lies outside of titanic/",
        "titanik/x.csv": "it lies outside of titanic/; did you mean titanic/?",
        "diamonds/x.csv": (
            "diamonds is declared but not served here; this process serves titanic only: start it "
            "without --problem"
        ),
        **dict.fromkeys(
            (
                *("titanic/link.csv", "titanic/pipe.csv"),
                *("titanic/back\\slash.csv", "titanic/new\nline.csv"),
            ),
            "it is not a regular file, or its name cannot name an object",
        ),
    }


def test_a_stray_file_is_named_once(root: Path) -> None:
    strays = StrayFiles(LandingFolder(root), DECLARED, DECLARED)
    (root / "first.csv").write_text("x")
    assert [name for name, _ in strays.news()] == ["first.csv"]
    (root / "second.csv").write_text("x")
    assert [name for name, _ in strays.news()] == ["second.csv"]
