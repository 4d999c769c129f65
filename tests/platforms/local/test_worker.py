"""What the worker finishes before it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from titanic_mlops.adapters.machine import SystemClock
from titanic_mlops.learning.model import Model
from titanic_mlops.pipeline.spool import spool
from titanic_mlops.platforms.local.background import Background, open_background
from titanic_mlops.platforms.local.worker import work
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
    work(lambda: background, ended)


def stored(background: Background) -> list[str]:
    query = background.platform.warehouse.query("SELECT uuid FROM predictions")
    return [row["uuid"] for row in query.to_pylist()]


def test_the_last_records_are_stored(tmp_path: Path, titanic: Problem, record: bytes) -> None:
    background = open_background(Settings(tmp_path / "home"), titanic)
    ports = background.platform.ports
    ended_after(background, lambda: ports.bus.publish("predictions", record))
    assert stored(background) == ["late"]


def test_records_in_the_spool_are_stored(tmp_path: Path, titanic: Problem, record: bytes) -> None:
    background = open_background(Settings(tmp_path / "home"), titanic)
    ended_after(background, lambda: spool([record], titanic, background.platform.ports))
    assert stored(background) == ["late"]


def test_what_cannot_be_stored_is_said(
    tmp_path: Path, titanic: Problem, record: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    background = open_background(Settings(tmp_path / "home"), titanic)
    tables = tmp_path / "home" / "titanic.duckdb"

    def damage() -> None:
        background.platform.ports.bus.publish("predictions", record)
        tables.write_bytes(b"damaged")

    ended_after(background, damage)
    assert "the next start stores them" in caplog.text
