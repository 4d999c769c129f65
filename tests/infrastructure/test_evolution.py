"""What Terraform does to a table whose schema changes; our rules must know it beforehand."""

from __future__ import annotations

import json

import pytest

from tests.infrastructure.workplace import (
    copy_to,
    needs_stand_ins,
    needs_terraform,
)
from tests.tables.schema_changes import BEFORE, COMPATIBLE, DROPPING, REPLACING, changed

pytestmark = [needs_terraform, needs_stand_ins]
CHANGES = {**COMPATIBLE, **REPLACING, **DROPPING}
TABLES = {change: f"table_{number}" for number, change in enumerate(CHANGES)}
"""A table for each change, so that one plan shows what comes of all of them."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Apply the module that makes tables, change every schema; return what a plan would do."""
    place = copy_to(tmp_path_factory.mktemp("evolution"), "modules/warehouse")
    tables = [*TABLES.values(), "predictions_data"]
    values = {
        "agent": "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
        "dataset_id": "people",
        "location": "europe-west3",
        "project_id": "my-project",
        "protect": False,
        "schemas": "schemas",
        "tables": {key: {"partition": "at"} for key in tables},
        "views": ["predictions"],
    }
    (place.folder / "terraform.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
    (place.folder / "provider.tf").write_text('provider "google" { project = "my-project" }\n')
    schemas = place.folder / "schemas"
    schemas.mkdir()
    (schemas / "predictions.sql").write_text("SELECT 1 AS one", encoding="utf-8")
    for table in tables:
        (schemas / f"{table}.json").write_text(json.dumps(BEFORE), encoding="utf-8")
    place.must("apply", "-auto-approve", "-input=false")
    for name, change in CHANGES.items():
        after = json.dumps(changed(change))
        (schemas / f"{TABLES[name]}.json").write_text(after, encoding="utf-8")
    place.must("plan", "-input=false", "-out=the.plan", "-refresh=false")
    changes = json.loads(place.must("show", "-json", "the.plan"))["resource_changes"]
    actions = {one["address"]: one["change"]["actions"] for one in changes}
    return {
        name: actions[f'google_bigquery_table.this["{table}"]'] for name, table in TABLES.items()
    }


@pytest.mark.parametrize("name", COMPATIBLE)
def test_a_compatible_change_is_made_in_place(planned: dict[str, list[str]], name: str) -> None:
    assert planned[name] in (["update"], ["no-op"])


@pytest.mark.parametrize("name", REPLACING)
def test_a_lossy_change_would_replace_the_table(planned: dict[str, list[str]], name: str) -> None:
    assert sorted(planned[name]) == ["create", "delete"]


@pytest.mark.parametrize("name", DROPPING)
def test_a_dropped_column_is_made_in_place(planned: dict[str, list[str]], name: str) -> None:
    """Our rules call it lossy all the same: the column's values are gone."""
    assert planned[name] == ["update"]
