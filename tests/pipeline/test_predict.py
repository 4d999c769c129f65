"""The record of an answer is durable whatever is unavailable: on its topic or in the spool."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.pipeline.unavailable import RECORDS, Flaky, published, spooled, with_bus
from tests.test_registry import promote, register
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import ModelOutdated, Unavailable
from titanic_mlops.pipeline import predict
from titanic_mlops.pipeline.predict import keep
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.registry import Registry

SPOOL = "spool/titanic/"


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_a_record_is_published_after_a_short_outage(
    failures: int, platform: LocalPlatform, pauses: list[float]
) -> None:
    bus = Flaky(platform.queue, failures)
    assert keep(RECORDS, platform.problem, with_bus(platform, bus)) is False
    assert (published(platform), spooled(platform)) == (RECORDS, [])
    assert pauses == list(predict.PAUSES[:failures])
    assert bus.calls == failures + 1


def test_a_record_is_spooled_when_the_outage_lasts(
    platform: LocalPlatform, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    bus = Flaky(platform.queue, float("inf"))
    assert keep(RECORDS, platform.problem, with_bus(platform, bus)) is True
    (key,) = spooled(platform)
    assert key.startswith(SPOOL)
    assert (bus.calls, sum(pauses) <= 2) == (3, True)
    assert "2 records go to the spool: the queue is unavailable" in caplog.text
    assert "Größe" not in caplog.text
    assert published(platform) == []


@pytest.mark.usefixtures("pauses")
def test_keep_raises_when_queue_and_spool_are_unavailable(
    platform: LocalPlatform, tmp_path: Path
) -> None:
    storage = tmp_path / "home" / "storage"
    shutil.rmtree(storage)
    storage.write_bytes(b"a file where a folder belongs")
    unavailable = with_bus(platform, Flaky(platform.queue, float("inf")))
    with pytest.raises(Unavailable, match="storage"):
        keep(RECORDS, platform.problem, unavailable)
    storage.unlink()
    assert keep(RECORDS, platform.problem, unavailable) is True


def test_a_champion_for_another_target_answers_nothing(platform: LocalPlatform) -> None:
    """Its class would be stored and shown as a value of the declared target."""
    registry = Registry(platform.ports.storage, "titanic")
    promote(registry, register(registry, target="Sex").version)
    with pytest.raises(ModelOutdated, match=r"its target was Sex, now it is Survived.*promote"):
        predict.predict({"Pclass": 3, "Sex": "male"}, platform.problem, platform.ports)
    assert published(platform) == []


def test_a_locked_queue_counts_as_unavailable(
    platform: LocalPlatform, tmp_path: Path, pauses: list[float]
) -> None:
    path = tmp_path / "home" / "titanic.queue.sqlite"
    impatient = SQLiteQueue(path, patience=0.01)
    assert impatient.depth() == 0
    with platform.queue._transaction():
        assert keep(RECORDS, platform.problem, with_bus(platform, impatient)) is True
    assert (pauses, published(platform)) == (list(predict.PAUSES), [])
    impatient.close()
    assert republish(platform.problem, platform.ports) == 2
    assert published(platform) == RECORDS
