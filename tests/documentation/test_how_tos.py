"""The how-tos of CONTRIBUTING.md are carried out, word for word, each in a copy of the repository.

A `diff` block names its file in its first line; a `python` block too, and is that file's text. A
`sh` block runs at the root of the copy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.repeats

ROOT = Path(__file__).parents[2]
COPIED = ("src", "tests", "tools", "docs", "dataset", "terraform", "pyproject.toml", "README.md")
SECTION = re.compile(r"^### (.+?)\n(.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(diff|python|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
HOW_TOS = dict(SECTION.findall(CONTRIBUTING.partition("## How to")[2]))


def test_the_usual_changes_have_a_how_to() -> None:
    named = {"column", "problem", "route", "adapter", "table"}
    assert {title.split()[-1] for title in HOW_TOS} == named
    assert all(BLOCK.search(text) for text in HOW_TOS.values())


@pytest.mark.parametrize("title", HOW_TOS)
def test_a_how_to_works_as_it_is_written(title: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            ignored = shutil.ignore_patterns(".terraform", "*.tfstate*")
            shutil.copytree(path, copy / name, ignore=ignored)
        else:
            shutil.copy(path, copy / name)
    for kind, text in BLOCK.findall(HOW_TOS[title]):
        if kind == "sh":
            run(text, copy)
        else:
            head, _, body = text.partition("\n")
            change(copy / head.removeprefix("# "), body, is_diff=kind == "diff")


def change(file: Path, text: str, *, is_diff: bool) -> None:
    """Write a file's text, or apply a diff, whose context stands in the file once."""
    if not is_diff:
        file.write_text(text, encoding="utf-8")
        return
    lines = text.splitlines(keepends=True)
    before = "".join(line[1:] or "\n" for line in lines if not line.startswith("+"))
    after = "".join(line[1:] or "\n" for line in lines if not line.startswith("-"))
    found = file.read_text(encoding="utf-8")
    assert found.count(before) == 1, f"{file.name} does not hold this once:\n{before}"
    file.write_text(found.replace(before, after), encoding="utf-8")


def run(text: str, copy: Path) -> None:
    """Run commands with the package of the copy; the first that fails ends them."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "PYTEST_"))},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(copy / "src"),
        "TITANIC_MLOPS_HOME": str(copy.parent / "home"),
    }
    done = subprocess.run(
        [shutil.which("sh") or "sh", "-e", "-c", text],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
