from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tables.schema_changes import BEFORE, DROPPING, HARMLESS, REPLACING, changed
from titanic_mlops.derive.artefacts import artefacts
from titanic_mlops.tables.compatibility import lossy_changes

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    path: text
    for path, text in artefacts()
    if path.startswith("terraform/schemas/") and path.endswith(".json")
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_keeps_every_row_passes(kind: str) -> None:
    assert list(lossy_changes("people", BEFORE, changed(HARMLESS[kind]))) == []


@pytest.mark.parametrize("kind", [*REPLACING, *DROPPING])
def test_what_would_cost_rows_is_refused_in_words_that_name_the_column(kind: str) -> None:
    told = list(lossy_changes("people", BEFORE, changed((REPLACING | DROPPING)[kind])))
    assert told
    assert all(sentence.startswith("people.") and sentence.endswith(".") for sentence in told)


@pytest.mark.parametrize("path", SCHEMAS)
def test_no_declaration_costs_the_rows_of_a_table_that_may_be_deployed(path: str) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("there is no git to say what was declared before")
    committed = subprocess.run(  # noqa: S603 our own words
        [git, "-C", ROOT, "show", f"HEAD:{path}"], capture_output=True, text=True, check=False
    )
    if committed.returncode != 0:
        pytest.skip(f"there is no commit that has {path}")
    before, after = json.loads(committed.stdout), json.loads(SCHEMAS[path])
    assert list(lossy_changes(Path(path).stem, before, after)) == []
