"""What each function does during an outage of a service, and that it recovers after it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.wire.platform import (
    LANDING,
    WirePlatform,
    deployed,
    finalized,
    topic,
    wire_services,
)
from titanic_mlops.errors import Unavailable
from titanic_mlops.events import IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import Ledger, file_id_of
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.predict import predict
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms import Platform
from titanic_mlops.platforms.choice import open_platform
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.settings import Settings

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
RECORD = {"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}


@pytest.fixture
def services(
    titanic: Problem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WirePlatform]:
    with wire_services(titanic, tmp_path) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def here(services: WirePlatform, titanic: Problem) -> Platform:
    return open_platform(Settings.from_env(services.environment), titanic)


@pytest.fixture
def landed(here: Platform) -> ObjectFinalized:
    return finalized(here.land(TABLE))


@pytest.fixture
def functions(services: WirePlatform) -> Iterator[dict[str, str]]:
    del services  # needed for the environment that it sets
    with deployed("ingest_data", "train_model", "monitor_model") as addresses:
        yield addresses


@contextmanager
def away(services: WirePlatform, name: str) -> Iterator[None]:
    """Let one service refuse everything."""
    server: Any = getattr(services, name)
    server.down = True
    try:
        yield
    finally:
        server.down = False


def push(address: str, name: str, data: str, attributes: dict[str, str]) -> int:
    """Deliver one message as Pub/Sub does; return the status of the answer."""
    message: dict[str, Any] = {"data": data, "attributes": attributes, "messageId": "1"}
    message["publishTime"] = "2026-01-02T03:04:05Z"
    body: dict[str, Any] = {"message": message, "subscription": "projects/wire/subscriptions/x"}
    return requests.post(f"{address}/{topic(name)}", json=body, timeout=60).status_code


@pytest.mark.parametrize("service", ["storage", "warehouse", "pubsub"])
def test_ingest_data_asks_for_redelivery_and_loads_each_row_once(
    services: WirePlatform,
    here: Platform,
    landed: ObjectFinalized,
    functions: dict[str, str],
    service: str,
) -> None:
    said = landed.to_attributes()
    with away(services, service):
        assert push(functions["ingest_data"], "landing", "e30=", said) == 503
    assert push(functions["ingest_data"], "landing", "e30=", said) == 200
    assert services.warehouse.rows("SELECT COUNT(*) AS n FROM training_data") == [{"n": 891}]
    entry = Ledger(here.ports.storage, "titanic").get(file_id_of(landed))
    assert entry.state == "announced"
    assert len(services.pubsub.topics[topic("ingestion_complete")].messages) == 1


@pytest.mark.parametrize("service", ["storage", "warehouse"])
def test_train_model_asks_for_redelivery_and_promotes_once(
    services: WirePlatform,
    here: Platform,
    landed: ObjectFinalized,
    functions: dict[str, str],
    titanic: Problem,
    service: str,
) -> None:
    entry = ingest_data(landed, titanic, here.ports)
    data = IngestionComplete("titanic", entry.file_id, entry.file, 891, 0).to_bytes()
    encoded = b64encode(data).decode()
    with away(services, service):
        assert push(functions["train_model"], "ingestion_complete", encoded, {}) == 503
    assert push(functions["train_model"], "ingestion_complete", encoded, {}) == 200
    assert Registry(here.ports.storage, "titanic").champion().version == 1
    assert Ledger(here.ports.storage, "titanic").get(entry.file_id).state == "done"


def test_without_pub_sub_and_storage_no_answer_is_given(
    services: WirePlatform,
    here: Platform,
    landed: ObjectFinalized,
    functions: dict[str, str],
    titanic: Problem,
) -> None:
    ingest_data(landed, titanic, here.ports)
    train_model(None, titanic, here.ports)
    with away(services, "pubsub"):
        (answered,) = predict(RECORD, titanic, here.ports).predictions
        assert requests.post(functions["monitor_model"], timeout=60).status_code == 503
    with away(services, "pubsub"), away(services, "storage"), pytest.raises(Unavailable):
        predict(RECORD, titanic, here.ports)
    assert services.warehouse.rows("SELECT uuid FROM predictions") == []
    assert requests.post(functions["monitor_model"], timeout=60).status_code == 200
    assert services.warehouse.rows("SELECT uuid FROM predictions") == [{"uuid": answered.uuid}]


@pytest.mark.parametrize("service", ["storage", "warehouse", "pubsub"])
def test_monitor_model_announces_unfinished_files_after_an_outage(
    services: WirePlatform,
    here: Platform,
    functions: dict[str, str],
    service: str,
) -> None:
    info = here.ports.landing.put("titanic/some.csv", TABLE.read_bytes())
    event = ObjectFinalized(LANDING, info.key, info.version)
    Ledger(here.ports.storage, "titanic").begin(event)  # and there the function died
    before = len(services.pubsub.topics[topic("landing")].messages)
    with away(services, service):
        assert requests.post(functions["monitor_model"], timeout=60).status_code == 503
    assert requests.post(functions["monitor_model"], timeout=60).json()["announced"] == 1
    assert len(services.pubsub.topics[topic("landing")].messages) == before + 1
