"""When windows raise an alarm, and when they clear it: a single window does neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

Status = Literal["ok", "drifted", "decayed", "insufficient_data"]
OK: Status = "ok"
DRIFTED: Status = "drifted"
DECAYED: Status = "decayed"
INSUFFICIENT: Status = "insufficient_data"

LOOKED_AT, NEEDED = 3, 2
CLEAR = 0.5


def alarms(windows: Sequence[Mapping[str, float]]) -> frozenset[str]:
    """Return the names with an alarm after these windows of one version, oldest first.

    A window maps a name to how far it is above its threshold: 1 is at the threshold. A window
    without a name had too few rows for it, and is passed over. Two of the last three above the
    threshold raise an alarm; two of them below half of it clear it.
    """
    names = {name for window in windows for name in window}
    return frozenset(name for name in names if _alarmed([w[name] for w in windows if name in w]))


def _alarmed(ratios: Sequence[float]) -> bool:
    alarmed = False
    for end in range(1, len(ratios) + 1):
        last = ratios[max(0, end - LOOKED_AT) : end]
        if sum(ratio > 1 for ratio in last) >= NEEDED:
            alarmed = True
        elif sum(ratio < CLEAR for ratio in last) >= NEEDED:
            alarmed = False
    return alarmed
