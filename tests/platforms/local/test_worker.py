"""What the worker finishes before it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from titanic_mlops.adapters.machine import SystemClock
from titanic_mlops.errors import Unavailable
from titanic_mlops.learning.model import Model
from titanic_mlops.pipeline.spool import spool
from titanic_mlops.platforms.local.background import (
    Background,
    deployed_handlers,
    open_background,
)
from titanic_mlops.platforms.local.worker import Turn, work
from titanic_mlops.prediction import predict
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

PASSENGER = {"Pclass": 3, "Sex": "male", "Age": 22.0, "SibSp": 1, "Parch": 0}


@pytest.fixture
def record(titanic: Problem, titanic_model: Model) -> bytes:
    """Return the record of one answer."""
    answered = predict(
        titanic, PASSENGER, model=titanic_model, version=1, uuid="late", now=SystemClock().now()
    )
    return answered.stored()


def opened(folder: Path, problem: Problem) -> Background:
    return open_background(Settings(folder / "home"), problem, deployed_handlers())


def ended_after(background: Background, act: Callable[[], object]) -> None:
    """Run the worker once; `act` happens after its last look at the queue."""
    ended = threading.Event()
    work_once = background.work_once

    def last() -> bool:
        done = work_once()
        act()
        ended.set()
        return done

    background.work_once = last  # type: ignore[method-assign] # the moment before the end
    work([Turn(lambda: background)], ended)


def stored(background: Background) -> list[str]:
    query = background.platform.warehouse.query("SELECT uuid FROM predictions")
    return [row["uuid"] for row in query.to_pylist()]


def test_the_last_records_are_stored(tmp_path: Path, titanic: Problem, record: bytes) -> None:
    background = opened(tmp_path, titanic)
    ports = background.platform.ports
    ended_after(background, lambda: ports.bus.publish("predictions", record))
    assert stored(background) == ["late"]


def test_records_in_the_spool_are_stored(tmp_path: Path, titanic: Problem, record: bytes) -> None:
    background = opened(tmp_path, titanic)
    ended_after(background, lambda: spool([record], titanic, background.platform.ports))
    assert stored(background) == ["late"]


def test_what_cannot_be_stored_is_said(
    tmp_path: Path, titanic: Problem, record: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    background = opened(tmp_path, titanic)
    tables = tmp_path / "home" / "titanic.duckdb"

    def damage() -> None:
        background.platform.ports.bus.publish("predictions", record)
        tables.write_bytes(b"damaged")

    ended_after(background, damage)
    assert "the next start stores them" in caplog.text


def test_an_error_of_one_problem_does_not_stop_the_others(
    tmp_path: Path, titanic: Problem, record: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> Background:
        raise Unavailable("The disk of the first problem is full.")

    background, ended = opened(tmp_path, titanic), threading.Event()
    background.platform.ports.bus.publish("predictions", record)
    work_once = background.work_once

    def last() -> bool:
        done = work_once()
        ended.set()
        return done

    background.work_once = last  # type: ignore[method-assign] # the moment before the end
    work([Turn(fail), Turn(lambda: background)], ended)
    assert stored(background) == ["late"]
    assert caplog.text.count("The disk of the first problem is full.") == 1
