"""How long no model was promoted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.pipeline.conftest import Drop, Rows
from titanic_mlops.pipeline.age import days_without_promotion
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.registry import Registry


class _Later:
    def __init__(self, days: float) -> None:
        self._ahead = timedelta(days=days)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


def after(platform: LocalPlatform, days: float) -> int | None:
    later = replace(platform.ports, clock=_Later(days))
    return days_without_promotion(platform.problem, later)


def test_no_day_is_counted_before_the_first_file(platform: LocalPlatform) -> None:
    assert after(platform, 30.5) is None


def test_days_count_from_the_first_file_without_a_champion(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("few.csv", table[:20])
    assert after(platform, 30.5) == 30


@pytest.mark.usefixtures("known_models")
def test_days_count_from_the_last_promotion_not_a_rollback(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    registry = Registry(platform.ports.storage, platform.problem.name)
    drop("first.csv", table[:600])
    train_model(None, platform.problem, platform.ports)
    drop("second.csv", table[600:])
    second = train_model(None, platform.problem, replace(platform.ports, clock=_Later(40)))
    if not second.promoted:
        assert second.version
        at = _Later(40).now()
        registry.promote(second.version, by="somebody", why="for the test", at=at)
    assert after(platform, 50.5) == 10
    registry.rollback(by="somebody", why="for the test", at=_Later(45).now())
    assert after(platform, 50.5) == 10
