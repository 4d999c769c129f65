"""The deployed endpoint and the sweep against Cloud Storage, Pub/Sub and BigQuery over the wire."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import requests

from tests.wire.endpoint import serving_endpoint
from tests.wire.platform import WirePlatform, deployed, finalized, topic, wire_services
from titanic_mlops.functions import predictions_endpoint
from titanic_mlops.logs import configure_cloud_logging
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.choice import open_platform
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import predictions_data

pytestmark = pytest.mark.repeats

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
RECORD = {"Pclass": "3", "Sex": "male", "SibSp": 1, "Parch": 0, "Name": "Zanzibar-Canary"}
CANARY = "Zanzibar-Canary"


@pytest.fixture(scope="module")
def services(titanic: Problem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WirePlatform]:
    """Serve Google's services, with a champion in the bucket."""
    with (
        pytest.MonkeyPatch.context() as patched,
        wire_services(titanic, tmp_path_factory.mktemp("wire")) as served,
    ):
        for name, value in served.environment.items():
            patched.setenv(name, value)
        here = open_platform(Settings.from_env(served.environment), titanic)
        ingest_data(finalized(here.land(TABLE)), titanic, here.ports)
        assert train_model(None, titanic, here.ports).promoted
        predictions_endpoint._application.cache_clear()
        yield served
        predictions_endpoint._application.cache_clear()


@pytest.fixture
def endpoint(services: WirePlatform) -> Iterator[str]:
    """Serve the endpoint as functions-framework mounts it; yield its address."""
    del services  # needed for the environment that it sets
    with serving_endpoint() as address:
        yield address


def ask(endpoint: str, *records: object) -> list[requests.Response]:
    """Post records at once."""
    with ThreadPoolExecutor(16) as pool:
        return list(
            pool.map(lambda record: requests.post(endpoint, json=record, timeout=60), records)
        )


def test_every_answer_has_one_row_in_the_view(services: WirePlatform, endpoint: str) -> None:
    answers = ask(endpoint, *[RECORD] * 40)
    assert {answer.status_code for answer in answers} == {200}
    if any("record" in answer.json() for answer in answers):  # a slow machine defers some
        with deployed("monitor_model") as addresses:
            requests.post(addresses["monitor_model"], timeout=60)
    rows = {row["uuid"] for row in services.warehouse.rows("SELECT uuid FROM predictions")}
    assert {answer.json()["uuid"] for answer in answers} <= rows


def test_records_of_concurrent_requests_share_a_publish(
    services: WirePlatform, endpoint: str
) -> None:
    before = services.pubsub.requests
    assert len({answer.json()["uuid"] for answer in ask(endpoint, *[RECORD] * 40)}) == 40
    assert services.pubsub.requests - before < 20


def test_a_fault_names_its_field_and_nothing_is_published(
    services: WirePlatform, endpoint: str
) -> None:
    (answer,) = ask(endpoint, RECORD | {"Pclass": 9, "SibSp": 7})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/Pclass"
    published = services.pubsub.topics[topic("predictions")].messages
    assert [m for m in published if json.loads(m.data)["SibSp"] == 7] == []


def test_a_record_that_pub_sub_refuses_is_spooled_and_swept(
    services: WirePlatform, endpoint: str
) -> None:
    services.pubsub.faults += [grpc.StatusCode.UNAVAILABLE] * 60
    (answer,) = ask(endpoint, RECORD)
    assert (answer.status_code, answer.json()["record"]) == (200, "deferred")
    services.pubsub.faults.clear()
    stored = f"SELECT uuid FROM predictions WHERE uuid = '{answer.json()['uuid']}'"
    assert services.warehouse.rows(stored) == []
    with deployed("monitor_model") as addresses:
        swept = requests.post(addresses["monitor_model"], timeout=60)
    assert swept.json()["republished"] >= 1  # a slow machine may have deferred others, too
    assert len(services.warehouse.rows(stored)) == 1


def test_the_subscriptions_row_has_the_columns_of_the_table(
    services: WirePlatform, titanic: Problem, endpoint: str
) -> None:
    ask(endpoint, RECORD)
    message = services.pubsub.topics[topic("predictions")].messages[-1]
    columns = {field.name for field in predictions_data(titanic).fields}
    assert set(json.loads(message.data)) == columns


def test_no_personal_value_is_logged_and_each_line_is_one_object(
    services: WirePlatform, endpoint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    services.pubsub.faults += [grpc.StatusCode.PERMISSION_DENIED] * 3
    configure_cloud_logging("wire")
    try:
        ask(endpoint, RECORD, RECORD | {"Age": CANARY})
    finally:
        logging.basicConfig(force=True, handlers=[])
    lines = capfd.readouterr().err.splitlines()
    told = [json.loads(line) for line in lines]
    assert any(line["severity"] == "WARNING" for line in told)
    assert CANARY not in "".join(lines)


def test_serving_loads_nothing_that_only_training_or_tables_need(services: WirePlatform) -> None:
    del services  # the environment of the child leads to them
    code = (
        "import sys, titanic_mlops.functions.predictions_endpoint as e; e._application();"
        "heavy = {'sklearn', 'pandas', 'duckdb', 'pyarrow', 'google.cloud.bigquery'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
