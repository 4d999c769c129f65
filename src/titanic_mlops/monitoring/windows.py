"""When a window of predictions closes: after a day or 200 predictions, whichever is later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from titanic_mlops.monitoring.drift import MIN_ROWS

SHORTEST = timedelta(days=1)
SETTLING = timedelta(minutes=15)
"""Records reach the table later than their answers: a subscription takes seconds, the spool's sweep
minutes. A window is read when this long has passed since its end."""
TICK = timedelta(microseconds=1)
"""What the warehouse's times are exact to."""
BEFORE_LAST = MIN_ROWS - 1
"""How many predictions of a window come before the one that makes it large enough."""


@dataclass(frozen=True, slots=True)
class Window:
    """The predictions of one version from `since` on and before `until`."""

    since: datetime
    until: datetime


def closed_window(since: datetime, large_enough: datetime | None, now: datetime) -> Window | None:
    """Return the window that began `since` if it has closed, else None.

    `large_enough` is the time of its prediction number 200, None while there are fewer. The
    next window begins where this one ends; the first one when its version became the champion.
    """
    if large_enough is None:
        return None
    until = max(since + SHORTEST, large_enough + TICK)
    return Window(since, until) if until + SETTLING <= now else None
