"""Spooled records reach their topic, whatever is unavailable in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pipeline.crashing import Crash
from tests.pipeline.unavailable import RECORDS, Flaky, published, spooled, with_bus
from titanic_mlops.errors import Unavailable
from titanic_mlops.pipeline.predict import keep
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.platforms.local.platform import LocalPlatform


@pytest.mark.usefixtures("pauses")
def test_spooled_records_are_republished_once(platform: LocalPlatform) -> None:
    unavailable = with_bus(platform, Flaky(platform.queue, float("inf")))
    for one in RECORDS:
        keep([one], platform.problem, unavailable)
    keep(RECORDS, platform.problem, unavailable)
    assert len(spooled(platform)) == 3
    assert republish(platform.problem, platform.ports) == 4
    assert sorted(published(platform)) == sorted(RECORDS * 2)
    assert spooled(platform) == []
    assert republish(platform.problem, platform.ports) == 0
    assert published(platform) == []


@pytest.mark.usefixtures("pauses")
def test_the_spool_is_kept_while_the_queue_is_unavailable(platform: LocalPlatform) -> None:
    unavailable = with_bus(platform, Flaky(platform.queue, float("inf")))
    keep(RECORDS, platform.problem, unavailable)
    before = spooled(platform)
    with pytest.raises(Unavailable):
        republish(platform.problem, unavailable)
    assert (spooled(platform), published(platform)) == (before, [])
    assert republish(platform.problem, platform.ports) == 2


@pytest.mark.usefixtures("pauses")
def test_a_crash_while_republishing_loses_nothing(
    platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(RECORDS, platform.problem, with_bus(platform, Flaky(platform.queue, float("inf"))))

    def delete(*_: object, **__: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(platform.ports.storage, "delete", delete)
        with pytest.raises(Crash):
            republish(platform.problem, platform.ports)
    assert republish(platform.problem, platform.ports) == 2
    assert published(platform) == RECORDS * 2  # readers count each uuid once
    assert spooled(platform) == []


@pytest.mark.usefixtures("pauses")
def test_the_spool_of_another_problem_is_left_alone(platform: LocalPlatform) -> None:
    unavailable = with_bus(platform, Flaky(platform.queue, float("inf")))
    keep(RECORDS, replace(platform.problem, name="titanic2"), unavailable)
    assert republish(platform.problem, platform.ports) == 0
    assert len(spooled(platform)) == 1
