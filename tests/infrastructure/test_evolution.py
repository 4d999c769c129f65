"""What Terraform does to a table whose schema changes; our rules must know it beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infrastructure.workplace import (
    Workplace,
    copy_to,
    needs_stand_ins,
    needs_terraform,
)
from tests.tables.schema_changes import BEFORE, COMPATIBLE, DROPPING, REPLACING, Schema, changed

pytestmark = [needs_terraform, needs_stand_ins]
TABLE = 'google_bigquery_table.this["people"]'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Return the module that makes tables, applied with one table."""
    place = copy_to(tmp_path_factory.mktemp("evolution"), "modules/warehouse")
    values = {
        "agent": "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
        "dataset_id": "people",
        "location": "europe-west3",
        "project_id": "my-project",
        "protect": False,
        "schemas": "schemas",
        "tables": {"people": {"partition": "at"}, "predictions_data": {"partition": "at"}},
    }
    (place.folder / "terraform.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
    (place.folder / "provider.tf").write_text('provider "google" { project = "my-project" }\n')
    schemas = place.folder / "schemas"
    schemas.mkdir()
    (schemas / "predictions.sql").write_text("SELECT 1 AS one", encoding="utf-8")
    (schemas / "predictions_data.json").write_text(json.dumps(BEFORE), encoding="utf-8")
    (schemas / "people.json").write_text(json.dumps(BEFORE), encoding="utf-8")
    place.must("apply", "-auto-approve", "-input=false")
    return place


def done(made: Workplace, after: Schema) -> list[str]:
    """Return what a plan would do to the table."""
    schema: Path = made.folder / "schemas" / "people.json"
    schema.write_text(json.dumps(after), encoding="utf-8")
    made.must("plan", "-input=false", "-out=the.plan", "-refresh=false")
    planned = json.loads(made.must("show", "-json", "the.plan"))["resource_changes"]
    (change,) = (one["change"]["actions"] for one in planned if one["address"] == TABLE)
    actions: list[str] = change
    return actions


Change = Callable[[Schema], object]


@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=COMPATIBLE)
def test_what_our_rules_let_pass_is_done_in_place(made: Workplace, change: Change) -> None:
    assert done(made, changed(change)) in (["update"], ["no-op"])


@pytest.mark.parametrize("change", REPLACING.values(), ids=REPLACING)
def test_what_our_rules_refuse_would_replace_the_table(made: Workplace, change: Change) -> None:
    assert sorted(done(made, changed(change))) == ["create", "delete"]


@pytest.mark.parametrize("change", DROPPING.values(), ids=DROPPING)
def test_what_drops_a_column_is_done_in_place_which_our_rules_refuse_as_well(
    made: Workplace, change: Change
) -> None:
    assert done(made, changed(change)) == ["update"]
