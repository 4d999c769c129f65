from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tables.schema_changes import BEFORE, COMPATIBLE, DROPPING, REPLACING, changed
from titanic_mlops.derive.artefacts import artefacts
from titanic_mlops.tables.compatibility import lossy_changes
from titanic_mlops.web.routes import ROUTES

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    path: text
    for path, text in artefacts(ROUTES)
    if path.startswith("terraform/schemas/") and path.endswith(".json")
}


@pytest.mark.parametrize("kind", COMPATIBLE)
def test_a_compatible_change_passes(kind: str) -> None:
    assert list(lossy_changes("people", BEFORE, changed(COMPATIBLE[kind]))) == []


@pytest.mark.parametrize("kind", [*REPLACING, *DROPPING])
def test_a_lossy_change_is_named_with_its_column(kind: str) -> None:
    sentences = list(lossy_changes("people", BEFORE, changed((REPLACING | DROPPING)[kind])))
    assert sentences
    assert all(sentence.startswith("people.") and sentence.endswith(".") for sentence in sentences)


@pytest.mark.parametrize("path", SCHEMAS)
def test_no_declaration_changes_its_tables_in_a_lossy_way(path: str) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    committed = subprocess.run(
        [git, "-C", ROOT, "show", f"HEAD:{path}"], capture_output=True, text=True, check=False
    )
    if committed.returncode != 0:
        pytest.skip(f"there is no commit that has {path}")
    before, after = json.loads(committed.stdout), json.loads(SCHEMAS[path])
    assert list(lossy_changes(Path(path).stem, before, after)) == []
