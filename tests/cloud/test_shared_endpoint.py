"""One deployed endpoint for two problems: each answer by its own model, into its own table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.wire.bigquery import BigQueryServer
from tests.wire.endpoint import serving_endpoint
from tests.wire.platform import (
    WirePlatform,
    finalized,
    prediction_row,
    topic,
    wire_services,
)
from tests.wire.serving import serving
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.choice import open_platform
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import tables_of

pytestmark = pytest.mark.repeats

DATASET = Path(__file__).parents[2] / "dataset"
PASSENGER: dict[str, Any] = {"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}
EMPLOYEE: dict[str, Any] = {"YearsExperience": 5.5}
LANDING, COMPLETE, PREDICTIONS = "landing", "ingestion_complete", "predictions"


@dataclass(frozen=True)
class Shared:
    """The address of the endpoint, and the tables of each problem."""

    address: str
    titanic: BigQueryServer
    salary: BigQueryServer

    def uuids(self) -> dict[str, set[str]]:
        """Return the stored predictions of each problem."""
        tables = {"titanic": self.titanic, "salary": self.salary}
        sql = "SELECT uuid FROM predictions"
        return {name: {row["uuid"] for row in one.rows(sql)} for name, one in tables.items()}


def _environment(served: WirePlatform) -> dict[str, str]:
    """Return what Terraform tells a shared endpoint."""
    by_problem = {"DATASET": {"titanic": "titanic", "salary": "salary"}}
    for name in (LANDING, COMPLETE, PREDICTIONS):
        by_problem[f"TOPIC_{name.upper()}"] = {"titanic": name, "salary": f"salary-{name}"}
    told = {name: json.dumps(values) for name, values in by_problem.items()}
    return {**served.environment, **told, "PROBLEM": "titanic,salary"}


def _promote(problem: Problem, environment: dict[str, str]) -> None:
    here = open_platform(Settings.from_env(environment), problem)
    ingest_data(finalized(here.land(DATASET / f"{problem.name}.csv")), problem, here.ports)
    assert train_model(None, problem, here.ports).promoted


@pytest.fixture(scope="module")
def shared(titanic: Problem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Serve two problems from one endpoint, each with a champion and a table of its own."""
    salary = load_problem("salary")
    with (
        pytest.MonkeyPatch.context() as patched,
        wire_services(titanic, tmp_path_factory.mktemp("titanic")) as served,
    ):
        tables = BigQueryServer(tmp_path_factory.mktemp("salary"), served.storage.data_of)
        tables.provide(tables_of(salary))
        served.pubsub.topics[topic("salary-predictions")].tables.append(
            lambda message: tables.append("predictions_data", prediction_row(salary, message))
        )
        environment = _environment(served)
        for name, value in environment.items():
            patched.setenv(name, value)
        _promote(titanic, environment)
        with serving(tables.app) as address:
            patched.setenv("BIGQUERY_EMULATOR_HOST", address)
            _promote(salary, environment)
        with serving_endpoint() as address:
            yield Shared(address, served.warehouse, tables)


def test_each_prediction_is_stored_in_the_table_of_its_problem(shared: Shared) -> None:
    before = shared.uuids()
    asked: list[tuple[str, dict[str, Any]]] = [
        ("titanic/", PASSENGER),
        ("salary/", EMPLOYEE),
        ("", PASSENGER),
    ]
    answers = [
        requests.post(f"{shared.address}{path}", json=record, timeout=60) for path, record in asked
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    passenger, employee, first = (answer.json()["uuid"] for answer in answers)
    stored = {name: found - before[name] for name, found in shared.uuids().items()}
    assert stored == {"titanic": {passenger, first}, "salary": {employee}}


def test_a_record_of_one_problem_is_invalid_for_the_other(shared: Shared) -> None:
    before = shared.uuids()
    answer = requests.post(f"{shared.address}salary/", json=PASSENGER, timeout=60)
    assert answer.status_code == 422
    assert shared.uuids() == before


def test_the_endpoint_lists_the_deployed_problems_only(shared: Shared) -> None:
    listed = requests.get(f"{shared.address}problems", timeout=60).json()["problems"]
    assert {one["problem"]: one["path"] for one in listed} == {
        "titanic": "/titanic/",
        "salary": "/salary/",
    }
    assert all(one["model_version"] == 1 for one in listed)
    about = requests.get(f"{shared.address}diamonds/health", timeout=60)
    assert about.status_code == 404
