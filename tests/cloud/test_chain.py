"""The whole graph on Google's side: an object lands, and a prediction is answered and stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.wire.platform import WirePlatform, deployed, topic, wire_services
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.predict import predict
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.settings import Settings
from titanic_mlops.wiring.platform import open_platform

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "dataset" / "titanic.csv"
PATIENCE_SECONDS = 120


@pytest.fixture(params=[False, True], ids=["once", "everything twice"])
def platform(
    request: pytest.FixtureRequest,
    titanic: Problem,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[WirePlatform]:
    """Serve Google's services and the deployed functions, wired to each other."""
    with wire_services(titanic, tmp_path, doubling=request.param) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        with deployed("ingest_data", "train_model") as addresses:
            topics = served.pubsub.topics
            topics[topic("landing")].endpoints.append(addresses["ingest_data"])
            topics[topic("ingestion_complete")].endpoints.append(addresses["train_model"])
            yield served


def test_an_object_becomes_a_champion_and_a_stored_prediction(
    platform: WirePlatform, titanic: Problem, tmp_path: Path
) -> None:
    here = open_platform(Settings.from_env(platform.environment), titanic)
    for name, data in files().items():
        (tmp_path / name).write_bytes(data)
        here.land(tmp_path / name)
    eventually(platform.pubsub.quiet)

    states = {e.file: e.state for e in Ledger(here.ports.storage, "titanic").entries()}
    assert states == {
        "titanic/titanic.csv": "done",
        "titanic/again.csv": "duplicate",
        "titanic/zip.csv": "quarantined",
        "titanic/headless.csv": "quarantined",
        "titanic/notes.txt": "ignored",
        "titanic/two.csv": "done",
    }
    counts = "SELECT COUNT(*) AS n, COUNT(DISTINCT PassengerId) AS people FROM training_data"
    assert platform.warehouse.rows(counts) == [{"n": 892, "people": 892}]
    refused = "SELECT row_number, file FROM rejected_rows"
    assert platform.warehouse.rows(refused) == [{"row_number": 2, "file": "titanic/two.csv"}]
    assert Registry(here.ports.storage, "titanic").champion().version >= 1

    asked = {"Pclass": "3", "Sex": "male", "SibSp": 1, "Parch": 0, "Name": ""}
    answered = predict(asked, titanic, here.ports)
    found = platform.warehouse.rows("SELECT uuid, model_version FROM predictions")
    assert found == [{"uuid": answered.uuid, "model_version": answered.model_version}]


def files() -> dict[str, bytes]:
    """Return the real table, the same bytes again, poison, and a file with a good and a bad row."""
    table = TABLE.read_bytes()
    header, first, *_ = table.decode().splitlines()
    good, bad = first.replace("1,0,3", "2001,0,3", 1), first.replace("1,0,3", "2002,0,9", 1)
    return {
        "titanic.csv": table,
        "again.csv": table,
        "zip.csv": b"PK\x03\x04" + bytes(100),
        "headless.csv": "\n".join([first] * 3).encode(),
        "notes.txt": b"hello",
        "two.csv": "\n".join([header, good, bad, ""]).encode(),
    }


def eventually(condition: Callable[[], Any]) -> None:
    pause = Event()
    for _ in range(PATIENCE_SECONDS * 20):
        if condition():
            return
        pause.wait(0.05)
    raise AssertionError("it never came to be")
