"""Fields of the log that alerts are made of."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.functions.conftest import finalized, push
from titanic_mlops.events import INGESTION_COMPLETE, ObjectFinalized
from titanic_mlops.logs import configure_cloud_logging
from titanic_mlops.platforms.local.platform import LocalPlatform

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "dataset" / "titanic.csv"
ALERTS = (ROOT / "terraform" / "monitoring.tf").read_text(encoding="utf-8")

pytestmark = pytest.mark.usefixtures("open_tables", "known_models")

Land = Callable[[str, bytes], ObjectFinalized]
Serve = Callable[[str], FlaskClient]


@contextmanager
def logged(capfd: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, object]]]]:
    """Log as on Google Cloud; yield a call that reads the events since the last one."""

    def events() -> list[dict[str, object]]:
        lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
        return [line for line in lines if "event" in line]

    configure_cloud_logging("some-project")
    try:
        yield events
    finally:
        logging.basicConfig(force=True, handlers=[])


def shifted(rows: int) -> bytes:
    """Return the real table with an impossible class in that many rows."""
    head, *lines = TABLE.read_text(encoding="utf-8").splitlines()
    column = head.split(",").index("Pclass")
    for number in range(rows):
        fields = lines[number].split(",")
        fields[column] = "9"
        lines[number] = ",".join(fields)
    return "\n".join([head, *lines]).encode()


@pytest.mark.parametrize(
    ("data", "state"), [(shifted(400), "held"), (b"no table", "quarantined")], ids=["held", "bad"]
)
def test_a_file_that_is_not_loaded_is_an_event_of_the_alert(
    data: bytes,
    state: str,
    ingest_data: FlaskClient,
    land: Land,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with logged(capfd) as events:
        assert finalized(ingest_data, land("some.csv", data), "1").status_code == 200
        (line,) = events()
    assert (line["event"], line["severity"]) == (f"file_{state}", "WARNING")
    (listed,) = re.findall(r"jsonPayload\.event=\((.*)\)", ALERTS)
    assert f'"{line["event"]}"' in listed.split(" OR ")


def test_a_decision_left_to_a_person_is_an_event_of_the_alert(
    serve: Serve, platform: LocalPlatform, land: Land, capfd: pytest.CaptureFixture[str]
) -> None:
    event = land("titanic.csv", TABLE.read_bytes())
    assert finalized(serve("ingest_data"), event, "1").status_code == 200
    delivery = platform.queue.lease([INGESTION_COMPLETE])
    assert delivery is not None
    told, train_model = delivery.message, serve("train_model")
    assert push(train_model, told.data, {}, told.topic, told.id).status_code == 200
    platform.ports.storage.put("models/titanic/moves/1.json", b"torn")
    with logged(capfd) as events:
        assert push(train_model, told.data, {}, told.topic, told.id).status_code == 200
        (line,) = events()
    assert (line["event"], line["severity"]) == ("model_undecided", "WARNING")
    assert f'jsonPayload.event="{line["event"]}"' in ALERTS


def test_a_sweep_logs_the_days_that_the_alert_compares(
    serve: Serve, platform: LocalPlatform, land: Land, capfd: pytest.CaptureFixture[str]
) -> None:
    with logged(capfd) as events:
        assert serve("monitor_model").post("/").status_code == 200
        (line,) = events()
        assert (line["event"], "days_without_promotion" in line) == ("sweep", False)
        event = land("titanic.csv", TABLE.read_bytes())
        assert finalized(serve("ingest_data"), event, "1").status_code == 200
        delivery = platform.queue.lease([INGESTION_COMPLETE])
        assert delivery is not None
        told = delivery.message
        assert push(serve("train_model"), told.data, {}, told.topic, told.id).status_code == 200
        assert [line["event"] for line in events()] == ["file_announced", "model_promoted"]
        assert serve("monitor_model").post("/").status_code == 200
        (line,) = events()
    assert (line["event"], line["days_without_promotion"]) == ("sweep", 0)
    assert 'jsonPayload.event="sweep"' in ALERTS
    assert "jsonPayload.days_without_promotion>=" in ALERTS


def test_a_file_of_a_pinned_problem_is_logged_and_trains_nothing(
    serve: Serve,
    platform: LocalPlatform,
    land: Land,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PINNED_PROBLEMS", "titanic")
    event = land("titanic.csv", TABLE.read_bytes())
    assert finalized(serve("ingest_data"), event, "1").status_code == 200
    delivery = platform.queue.lease([INGESTION_COMPLETE])
    assert delivery is not None
    told = delivery.message
    with logged(capfd) as events:
        assert push(serve("train_model"), told.data, {}, told.topic, told.id).status_code == 200
        (line,) = events()
    assert (line["event"], line["severity"]) == ("training_pinned", "INFO")
    assert list(platform.ports.storage.list("models/")) == []
    assert serve("monitor_model").post("/").get_json() == {"announced": 0, "republished": 0}
