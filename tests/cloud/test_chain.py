"""The whole graph on Google's side: an object lands, and a prediction is answered and stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.expectations import (
    assert_accounted_for,
    assert_prediction_is_stored,
    eventually,
    land_everything,
)
from tests.wire.platform import WirePlatform, deployed, topic, wire_services
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.wiring.platform import open_platform


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
    land_everything(here, tmp_path)
    eventually(platform.pubsub.quiet)
    assert_accounted_for(here, platform.warehouse)
    assert_prediction_is_stored(here, platform.warehouse)
