"""The machine's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from titanic_mlops.adapters.clock import SystemClock


def test_the_clock_tells_the_present_in_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()
    assert told.tzinfo is UTC
    assert before <= told <= datetime.now(UTC)
