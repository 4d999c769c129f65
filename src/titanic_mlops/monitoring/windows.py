"""When a window of predictions is full, so that it can be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from titanic_mlops.monitoring.drift import MIN_PREDICTIONS

LENGTH = timedelta(days=1)
SETTLED = timedelta(minutes=10)
"""Predictions of the last minutes may still be on their way into the table."""


@dataclass(frozen=True, slots=True)
class Window:
    """The predictions from `since` until `until`, which is excluded."""

    since: datetime
    until: datetime


def next_window(begun: datetime, now: datetime) -> Window:
    """Return the window that would close now."""
    return Window(begun, max(begun, now - SETTLED))


def closes(window: Window, predictions: int) -> bool:
    """Return whether a window is over: after a day, once it has 200 predictions."""
    return window.until - window.since >= LENGTH and predictions >= MIN_PREDICTIONS
