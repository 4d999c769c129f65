"""The result of the gate: every check, and one sentence that sums them up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of the gate: the figure `found`, its `limit`, and the finding in words."""

    name: str
    found: float
    limit: float
    passed: bool
    words: str

    @classmethod
    def at_least(cls, limit: float, found: float, name: str, words: str) -> Check:
        """Return the check that passes if `found` reaches `limit`."""
        return cls(name, found, limit, found >= limit, words)

    @classmethod
    def at_most(cls, limit: float, found: float, name: str, words: str) -> Check:
        """Return the check that passes if `found` does not exceed `limit`."""
        return cls(name, found, limit, found <= limit, words)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger may replace the champion, and why.

    `metrics` and `champion_metrics` hold the figures on the holdout by view, `whole` and
    `reduced` (without the optional columns). `rows` counts the holdout.
    """

    promoted: bool
    sentence: str
    rows: int
    checks: tuple[Check, ...] = ()
    metrics: dict[str, dict[str, float]] | None = None
    champion_metrics: dict[str, dict[str, float]] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values."""
        return asdict(self) | {"checks": [asdict(check) for check in self.checks]}


def not_compared(reason: str) -> Verdict:
    """Return the verdict on a challenger that cannot be compared; `reason` is its sentence."""
    return Verdict(promoted=False, sentence=reason, rows=0)
