"""The result of the gate: every check, and one sentence that sums them up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

ONE_SIDED = 1.645
"""Standard errors that a difference exceeds by chance in one of twenty cases."""


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
class Paired:
    """By how much the challenger is worse than another model on the same rows, in one figure.

    `error` is the standard error of that difference; below `margin` a difference does not
    matter; `words` tell both figures.
    """

    name: str
    worse: float
    error: float
    margin: float
    words: str

    def check(self, view: str) -> Check:
        """Return the check that fails if the challenger is worse beyond margin and chance."""
        limit = max(self.margin, ONE_SIDED * self.error)
        return Check.at_most(limit, self.worse, f"{view}: {self.name}", self.words)

    @property
    def proves_better(self) -> bool:
        """Return whether the challenger is better beyond chance."""
        return self.worse + ONE_SIDED * self.error < 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the challenger may replace the champion, and why.

    `metrics` and `champion_metrics` hold the figures on today's holdout by view, `whole` and
    `reduced` (without the optional columns). `rows` counts that holdout. `person_decides` says
    that figures cannot decide; `replaces_anchor` that the challenger is proven better than the
    anchor.
    """

    promoted: bool
    sentence: str
    rows: int
    checks: tuple[Check, ...] = ()
    metrics: dict[str, dict[str, float]] | None = None
    champion_metrics: dict[str, dict[str, float]] | None = None
    person_decides: bool = False
    replaces_anchor: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values."""
        return asdict(self) | {"checks": [asdict(check) for check in self.checks]}


def naming_version(sentence: str, version: int | None) -> str:
    """Return a verdict's sentence with the challenger named by its version, if it has one."""
    if version is None:
        return sentence
    return sentence.replace("The challenger", f"Version {version}", 1)


def not_compared(reason: str) -> Verdict:
    """Return the verdict on a challenger that cannot be compared; `reason` is its sentence."""
    return Verdict(promoted=False, sentence=reason, rows=0)


def undecided(finding: str, *, rows: int = 0, checks: tuple[Check, ...] = ()) -> Verdict:
    """Return the verdict that leaves the decision to a person; `finding` says why."""
    sentence = (
        f"The challenger is rejected by the gate: {finding}; a person decides, with "
        "`titanic-mlops models promote`."
    )
    return Verdict(promoted=False, sentence=sentence, rows=rows, checks=checks, person_decides=True)
