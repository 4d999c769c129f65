"""The whole graph on Google's side: an object lands, and a prediction is answered and stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud.expectations import (
    assert_accounted_for,
    assert_no_personal_value,
    assert_prediction_is_stored,
    eventually,
    land_everything,
)
from tests.wire.platform import WirePlatform, deployed, topic, wire_services
from titanic_mlops.platforms.choice import open_platform
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

pytestmark = pytest.mark.repeats

OTHER = "flats-"  # what another deployment in the project puts before the names of its topics


@pytest.fixture(params=["", OTHER], ids=["once", "everything twice, under other names"])
def platform(
    request: pytest.FixtureRequest,
    titanic: Problem,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[WirePlatform]:
    """Serve Google's services and the deployed functions, wired to each other."""
    prefix = request.param
    with wire_services(titanic, tmp_path, doubling=bool(prefix), prefix=prefix) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        with deployed("ingest_data", "train_model") as addresses:
            topics = served.pubsub.topics
            topics[topic(f"{prefix}landing")].endpoints.append(addresses["ingest_data"])
            topics[topic(f"{prefix}ingestion_complete")].endpoints.append(addresses["train_model"])
            yield served


def test_an_object_becomes_a_champion_and_a_stored_prediction(
    platform: WirePlatform, titanic: Problem, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    here = open_platform(Settings.from_env(platform.environment), titanic)
    land_everything(here, tmp_path)
    eventually(platform.pubsub.quiet)
    assert_accounted_for(here, platform.warehouse)
    assert_prediction_is_stored(here, platform.warehouse)
    assert_no_personal_value(here, platform.warehouse, capfd.readouterr().err)
