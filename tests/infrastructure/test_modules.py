"""Each module by itself: its README's table and example, and all that the example would make."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.workplace import Workplace, copy_to, needs_stand_ins, needs_terraform
from tools.module_tables import MODULES, readme, variables

NAMES = sorted(path.name for path in MODULES.iterdir())
INVENTORIES = Path(__file__).parent / "inventories"
"""What the example of each module plans. Change a file by hand, knowing what has changed."""

PROVIDER = 'provider "google" {\n  project = "my-project"\n  region  = "europe-west3"\n}\n'
LEFT_OUT = ("effective_labels", "query", "schema", "terraform_labels")
"""Long texts that tests elsewhere compare, and what the provider adds."""

each_module = pytest.mark.parametrize("name", NAMES)


@each_module
def test_the_table_shows_the_variables_as_they_are(name: str) -> None:
    outdated = "outdated; run: python -m tools.module_tables"
    said = (MODULES / name / "README.md").read_text(encoding="utf-8")
    assert said == readme(MODULES / name), outdated


@each_module
def test_the_table_leaves_no_variable_out(name: str) -> None:
    text = (MODULES / name / "variables.tf").read_text(encoding="utf-8")
    found = [one.name for one in variables(MODULES / name)]
    assert found == re.findall(r'^variable "(\w+)"', text, re.MULTILINE)
    assert found == sorted(found)


@needs_terraform
@needs_stand_ins
@each_module
def test_the_example_plans_exactly_its_inventory(name: str, tmp_path: Path) -> None:
    (example,) = re.findall(
        r"```hcl\n(.*?)```", (MODULES / name / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    place = copy_to(tmp_path / "project", "modules")
    place.folder = place.project / "terraform" / "example"
    place.folder.mkdir()
    (place.folder / "main.tf").write_text(PROVIDER + example, encoding="utf-8")
    place.init()
    planned = inventory(place)
    expected = json.loads((INVENTORIES / f"{name}.json").read_text(encoding="utf-8"))
    assert planned == expected, json.dumps(planned, indent=2)


def inventory(place: Workplace) -> dict[str, Any]:
    """Return the values that a plan knows and that are set, by address within the module."""
    place.must("plan", "-input=false", "-out=the.plan")
    planned = json.loads(place.must("show", "-json", "the.plan"))["resource_changes"]
    made = [one for one in planned if one["mode"] == "managed"]
    return {
        one["address"].partition(".")[2].partition(".")[2]: _set(one["change"]["after"])
        for one in made
    }


def _set(value: Any) -> Any:  # noqa: ANN401 any value of JSON
    if isinstance(value, dict):
        kept = {key: _set(inner) for key, inner in value.items() if key not in LEFT_OUT}
        return {key: inner for key, inner in kept.items() if inner not in (None, [], {}, "")}
    if isinstance(value, list):
        return [_set(inner) for inner in value]
    # The compressed bytes, and so the hash, are the provider's.
    return re.sub(r"-[0-9a-f]{16}\.zip$", "-HASH.zip", value) if isinstance(value, str) else value
