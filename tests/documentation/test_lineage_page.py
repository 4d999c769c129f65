"""The blocks of docs/operations.md on lineage run: where a model was trained, and elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.documentation.pages import PAGES, ROOT
from tests.documentation.test_readme import with_our_programs
from titanic_mlops.settings import HOME

pytestmark = pytest.mark.repeats

LINEAGE = PAGES["docs/operations.md"].partition("## Lineage")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"^```sh\n(.*?)^```", LINEAGE, re.DOTALL | re.MULTILINE)


def run(block: str, home: Path, folder: Path) -> str:
    done = subprocess.run(
        ["sh", "-e", "-c", block],
        cwd=folder,
        env={**os.environ, HOME: str(home), "PATH": with_our_programs()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_blocks_on_lineage_run(trained: Path, tmp_path: Path) -> None:
    here, there = shutil.copytree(trained, tmp_path / "here"), tmp_path / "there"
    with duckdb.connect(tmp_path / "sales.duckdb") as connection:
        table = ROOT / "dataset" / "titanic.csv"
        connection.execute(f"CREATE TABLE passengers AS SELECT * FROM read_csv('{table}')")
    pinning, pulling, extracting = BLOCKS
    told = run(pinning, here, tmp_path)
    assert "Version 1 is reproduced" in told
    assert (tmp_path / "data" / "titanic.json").is_file()
    assert "Version 1 becomes the first champion" in run(pulling, there, tmp_path)
    assert "titanic/extracted/passengers-" in run(extracting, here, tmp_path)
