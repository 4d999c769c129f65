"""The record of an answer is durable, whatever is away, and comes to its topic in the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import Unavailable
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.pipeline import predict
from titanic_mlops.pipeline.predict import keep
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.ports import Ports

RECORDS = [json.dumps({"uuid": name, "Name": "Größe 船\nline"}).encode() for name in ("a", "b")]
SPOOL = "spool/titanic/"


class Flaky:
    """A queue that is away for its first calls."""

    def __init__(self, queue: SQLiteQueue, away: float) -> None:
        self._queue = queue
        self.calls = 0
        self._away = away

    def publish_all(self, topic: str, messages: Sequence[bytes], attributes: Any) -> list[str]:  # noqa: ANN401 as the queue's
        self.calls += 1
        if self.calls <= self._away:
            raise Unavailable("the queue is away")
        return self._queue.publish_all(topic, messages, attributes)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let no pause last; return those that were asked for."""
    asked: list[float] = []
    monkeypatch.setattr("titanic_mlops.pipeline.predict.time.sleep", asked.append)
    return asked


def with_bus(platform: LocalPlatform, bus: object) -> Ports:
    return replace(platform.ports, bus=bus)  # type: ignore[arg-type] # of a bus one call is enough


def published(platform: LocalPlatform) -> list[bytes]:
    """Take the records off their topic."""
    found = platform.queue.lease_many([PREDICTIONS], most=100)
    platform.queue.acknowledge(*found)
    assert all(one.attributes == {"problem": "titanic"} for one in found)
    return [one.data for one in found]


def spooled(platform: LocalPlatform) -> list[str]:
    return [info.key for info in platform.ports.storage.list("spool/")]


@pytest.mark.parametrize("away", [0, 1, 2])
def test_a_record_is_published_although_the_queue_is_away_for_a_moment(
    away: int, platform: LocalPlatform, pauses: list[float]
) -> None:
    bus = Flaky(platform.queue, away)
    assert keep(RECORDS, platform.problem, with_bus(platform, bus)) is False
    assert (published(platform), spooled(platform)) == (RECORDS, [])
    assert pauses == list(predict.PAUSES[:away])
    assert bus.calls == away + 1


def test_a_record_goes_to_the_spool_when_the_queue_stays_away(
    platform: LocalPlatform, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    bus = Flaky(platform.queue, float("inf"))
    assert keep(RECORDS, platform.problem, with_bus(platform, bus)) is True
    (key,) = spooled(platform)
    assert key.startswith(SPOOL)
    assert (bus.calls, sum(pauses) <= 2) == (3, True)
    assert "2 records go to the spool: the queue is away" in caplog.text
    assert "Größe" not in caplog.text
    assert published(platform) == []


@pytest.mark.usefixtures("pauses")
def test_what_lies_in_the_spool_comes_to_its_topic_once(platform: LocalPlatform) -> None:
    away = with_bus(platform, Flaky(platform.queue, float("inf")))
    for one in RECORDS:
        keep([one], platform.problem, away)
    keep(RECORDS, platform.problem, away)
    assert len(spooled(platform)) == 3
    assert republish(platform.problem, platform.ports) == 4
    assert sorted(published(platform)) == sorted(RECORDS * 2)
    assert spooled(platform) == []
    assert republish(platform.problem, platform.ports) == 0
    assert published(platform) == []


@pytest.mark.usefixtures("pauses")
def test_the_spool_waits_while_the_queue_is_away(platform: LocalPlatform) -> None:
    away = with_bus(platform, Flaky(platform.queue, float("inf")))
    keep(RECORDS, platform.problem, away)
    before = spooled(platform)
    with pytest.raises(Unavailable):
        republish(platform.problem, away)
    assert (spooled(platform), published(platform)) == (before, [])
    assert republish(platform.problem, platform.ports) == 2


class Crash(BaseException):
    """The process ends here; no handler may catch it."""


@pytest.mark.usefixtures("pauses")
def test_a_crash_while_the_spool_is_emptied_loses_nothing(
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
    assert published(platform) == RECORDS * 2  # who reads counts each once
    assert spooled(platform) == []


@pytest.mark.usefixtures("pauses")
def test_the_spool_of_another_problem_is_left_alone(platform: LocalPlatform) -> None:
    away = with_bus(platform, Flaky(platform.queue, float("inf")))
    keep(RECORDS, replace(platform.problem, name="titanic2"), away)
    assert republish(platform.problem, platform.ports) == 0
    assert len(spooled(platform)) == 1


@pytest.mark.usefixtures("pauses")
def test_no_answer_is_given_when_neither_queue_nor_spool_can_be_written(
    platform: LocalPlatform, tmp_path: Path
) -> None:
    storage = tmp_path / "home" / "storage"
    storage.write_bytes(b"a file where a folder belongs")
    away = with_bus(platform, Flaky(platform.queue, float("inf")))
    with pytest.raises(Unavailable, match="storage"):
        keep(RECORDS, platform.problem, away)
    storage.unlink()
    assert keep(RECORDS, platform.problem, away) is True


def test_a_queue_that_another_process_holds_is_away(
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
