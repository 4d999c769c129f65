"""What a plan and an apply make of the configuration, against stand-ins of the providers."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.workplace import (
    SETTING,
    Workplace,
    changes_something,
    needs_stand_ins,
    needs_terraform,
)
from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.ports import Table
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import tables_of
from titanic_mlops.tables.schema import schema_json, view_sql
from tools.bundle import zipped
from tools.infrastructure_picture import of, resources

pytestmark = [needs_terraform, needs_stand_ins]

FUNCTIONS = ["ingest_data", "monitor_model", "predictions_endpoint", "train_model"]
ENDPOINT = 'module.function["titanic/predictions_endpoint"].google_cloudfunctions2_function.this'
BOTH = ("-var", 'problems={titanic={names_prefix=""},flats={}}')


@pytest.fixture
def live(applied: Workplace, tmp_path: Path) -> Workplace:
    """Return a copy of what was applied, with its state, for one test to change."""
    shutil.copytree(applied.project, tmp_path / "project", symlinks=True)
    return Workplace(tmp_path / "project")


def declare(place: Workplace, problem: Problem) -> None:
    """Write what `derive` would write of a problem."""
    folder = place.folder / "schemas" / problem.name
    folder.mkdir()
    for table in tables_of(problem):
        if table.view:
            (folder / f"{table.name}.sql").write_text(view_sql(table), encoding="utf-8")
        else:
            (folder / f"{table.name}.json").write_text(schema_json(table), encoding="utf-8")


def test_a_second_plan_is_empty_and_a_comment_changes_nothing(live: Workplace) -> None:
    assert live.actions() == {}
    for file in live.folder.glob("**/*.tf"):
        with file.open("a", encoding="utf-8") as source:
            source.write("\n# a comment\n")
    assert live.actions() == {}


@pytest.mark.parametrize(
    ("source", "carriers"),
    [
        ("errors.py", FUNCTIONS),
        ("pipeline/train_model.py", ["train_model"]),
        ("web/pages/predict.html", ["predictions_endpoint"]),
        ("cli/__init__.py", []),
    ],
)
def test_a_changed_line_deploys_the_functions_that_carry_it(
    live: Workplace, source: str, carriers: list[str]
) -> None:
    changed = live.project / "src" / "titanic_mlops" / source
    assert changed.is_file()
    with changed.open("a", encoding="utf-8") as file:
        file.write("\n# a changed line\n")
    assert live.actions() == {
        f'module.function["titanic/{name}"].{what}': done
        for name in carriers
        for what, done in {
            "google_storage_bucket_object.this": ["create", "delete"],
            "google_cloudfunctions2_function.this": ["update"],
        }.items()
    }


def test_changed_requirements_deploy_their_function(live: Workplace) -> None:
    with (live.project / "requirements" / "train_model.txt").open("a", encoding="utf-8") as file:
        file.write("# a changed pin\n")
    changed = {at.partition("].")[0] for at in live.actions()}
    assert changed == {'module.function["titanic/train_model"'}


def test_a_bundle_holds_the_very_files_that_the_tests_serve(
    applied: Workplace, tmp_path: Path
) -> None:
    applied.plan()  # makes the zips anew: a stand-in puts those of all copies into one place
    chosen = json.loads((applied.folder / "bundles.json").read_text(encoding="utf-8"))
    objects = of(resources(applied), "google_storage_bucket_object")
    deployed = {Path(one["source"]).stem: Path(one["source"]) for one in objects}
    for function in FUNCTIONS:
        served = tmp_path / f"{function}.zip"
        served.write_bytes(zipped(function, chosen["leaves_out"][function]))
        source = deployed[function.replace("_", "-")]
        found = next(at for at in (applied.folder / source, source) if at.exists())
        assert _texts(found) == _texts(served), function


def _texts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_function_is_told_all_that_its_settings_ask_for(applied: Workplace) -> None:
    deployed = [
        one["service_config"][0]["environment_variables"]
        for one in of(resources(applied), "google_cloudfunctions2_function")
    ]
    assert len(deployed) == len(FUNCTIONS)
    printed = json.loads(applied.must("output", "-json", "environment"))["titanic"]
    for environment in (*deployed, printed):
        cloud = Settings.from_env(environment).cloud
        assert cloud
        assert (cloud.project, cloud.dataset) == ("my-project", "titanic")
        assert cloud.topics["landing"] == "projects/my-project/topics/landing"


def test_a_public_endpoint_is_told_its_origins(live: Workplace) -> None:
    public = ("-var", "access=public", "-var", 'allowed_origins=["https://example.com"]')
    planned = live.plan(*public)["resource_changes"]
    (after,) = (one["change"]["after"] for one in planned if one["address"] == ENDPOINT)
    told = after["service_config"][0]["environment_variables"]
    assert Settings.from_env(told).allowed_origins == ("https://example.com",)


def test_every_table_is_as_the_code_declares_it(applied: Workplace, titanic: Problem) -> None:
    declared = {table.name: table for table in tables_of(titanic)}
    tables = of(resources(applied), "google_bigquery_table")
    made = {table["table_id"]: table for table in tables}
    assert made.keys() == declared.keys()
    for name, table in declared.items():
        assert _columns(made[name]) == _declared(table)
        partitioned = [by["field"] for by in made[name]["time_partitioning"]]
        assert partitioned == ([table.partition] if table.partition else [])
        assert (made[name]["clustering"] or []) == ([table.cluster] if table.cluster else [])


def _columns(values: dict[str, Any]) -> list[tuple[str, str]]:
    if values["view"]:
        return []
    return [(field["name"], field["mode"]) for field in json.loads(values["schema"])]


def _declared(table: Table) -> list[tuple[str, str]]:
    if table.view:
        return []
    return [(field.name, field.mode) for field in table.fields]


def test_a_second_problem_changes_nothing_of_the_first(live: Workplace) -> None:
    declare(live, FLATS)
    changes = [one for one in live.plan(*BOTH)["resource_changes"] if changes_something(one)]
    assert {tuple(one["change"]["actions"]) for one in changes} == {("create",)}
    assert all("flats" in one["address"] for one in changes)
    names = {one["change"]["after"].get("name") for one in changes}
    assert names >= {
        "flats-train-model",
        "flats-predictions-endpoint",
        "flats-landing",
        "flats-ingestion_complete",
    }


def test_a_problem_without_its_schemas_is_refused_in_words(live: Workplace) -> None:
    refused = live.terraform("plan", "-input=false", *SETTING, *BOTH)
    assert refused.returncode == 1
    assert "schemas/flats/training_data.json" in refused.stderr
    assert "titanic-mlops derive" in " ".join(refused.stderr.split())


def test_nothing_depends_on_where_the_project_lies(
    applied: Workplace, workplace: Callable[..., Workplace]
) -> None:
    elsewhere = workplace()
    shutil.copy(applied.folder / "terraform.tfstate", elsewhere.folder)
    assert elsewhere.actions() == {}


def test_a_function_that_is_replaced_can_be_called_again(live: Workplace) -> None:
    function = 'module.function["titanic/train_model"]'
    replaced = live.actions(f"-replace={function}.google_cloudfunctions2_function.this")
    invoker = f'{function}.google_cloud_run_v2_service_iam_member.invoker["push"]'
    assert sorted(replaced[invoker]) == ["create", "delete"]
