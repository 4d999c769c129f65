"""What the gate found: every check, and one sentence that a person understands."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: `found` against `limit`, and in words what was found."""

    name: str
    found: float
    limit: float
    passed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger may replace the champion, and why.

    `metrics` and `champion_metrics` hold the figures on the holdout by view, `whole` and
    `reduced` (without the optional columns).
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


def refusal(sentence: str, rows: int = 0) -> Verdict:
    """Return the verdict on a challenger that is not compared at all."""
    return Verdict(promoted=False, sentence=sentence, rows=rows)
