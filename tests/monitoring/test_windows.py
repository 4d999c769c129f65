"""When a window closes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from titanic_mlops.monitoring.windows import SETTLING, TICK, Window, closed_window

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_busy_window_closes_after_a_day() -> None:
    full = NOON + timedelta(hours=2)
    assert closed_window(NOON, full, NOON + DAY) is None
    assert closed_window(NOON, full, NOON + DAY + SETTLING) == Window(NOON, NOON + DAY)


def test_a_quiet_window_closes_with_its_200th_prediction() -> None:
    full = NOON + 9 * DAY
    assert closed_window(NOON, None, NOON + 20 * DAY) is None
    assert closed_window(NOON, full, full) is None
    closed = closed_window(NOON, full, full + DAY)
    assert closed == Window(NOON, full + TICK)


def test_the_same_window_closes_whenever_one_looks() -> None:
    full = NOON + 3 * DAY
    looks = {closed_window(NOON, full, full + n * DAY) for n in range(1, 30)}
    assert len(looks) == 1
