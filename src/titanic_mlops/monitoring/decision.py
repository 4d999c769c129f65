"""Whether to train again now: a pure function of what is known, what was found, and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from titanic_mlops.monitoring.alarm import INSUFFICIENT, Status

Kind = Literal["retrain", "alert", "suppressed", "none"]
RETRAIN: Kind = "retrain"
ALERT: Kind = "alert"
SUPPRESSED: Kind = "suppressed"
NONE: Kind = "none"

Reason = Literal[
    "decay", "drift", "time", "rows",  # why to train
    "drift_without_labels",  # why to alert
    "pinned", "unchanged_snapshot", "weekly_limit", "cooldown",  # why not to train after all
    "ok", "insufficient_data",
]  # fmt: skip

FEWEST_LABELS, LABEL_SHARE = 100, 10
"""New labelled rows that a drift needs: as many, and one for so many rows of the training."""
COOLDOWN, LONGEST_COOLDOWN = timedelta(hours=24), timedelta(hours=168)
PERIOD, MOST_IN_PERIOD = timedelta(days=7), 3


@dataclass(frozen=True, slots=True)
class Run:
    """An automatic training; one without a verdict yet is not promoted."""

    at: datetime
    promoted: bool


@dataclass(frozen=True, slots=True)
class State:
    """What is known besides the report.

    `snapshot` is the sha256 of the rows that the newest training read, `available` that of the
    rows that one would read now. `new_labels` are the labelled rows since; `training_rows` are
    those of the champion. `runs` are the automatic trainings, oldest first, and `trained_at` is the
    time of the newest training of any kind. `pinned` says that production trains by hash only.
    """

    snapshot: str
    available: str
    training_rows: int
    new_labels: int
    trained_at: datetime
    runs: tuple[Run, ...] = ()
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The names with an alarm: figures that have decayed, columns that drifted."""

    decayed: tuple[str, ...]
    drifted: tuple[str, ...]
    status: Status


@dataclass(frozen=True, slots=True)
class Triggers:
    """Train after so long or so many new labelled rows, whatever the report says; None: do not."""

    after: timedelta | None = None
    after_rows: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, why, and the same in one sentence.

    Of a suppressed training, `asked` is the reason that asked for it.
    """

    kind: Kind
    reason: Reason
    sentence: str
    asked: Reason | None = None


def decide(state: State, report: Report, now: datetime, triggers: Triggers) -> Decision:
    """Return the decision; the first cause that asks for a training is named."""
    cause = next(_causes(state, report, now, triggers), None)
    if cause is None:
        return _without_cause(state, report)
    reason, why = cause
    hindrance = next(_hindrances(state, now), None)
    if hindrance is None:
        return Decision(RETRAIN, reason, f"A training starts, because {why}.")
    hindered, because = hindrance
    sentence = f"No training starts, although {why}: {because}."
    return Decision(SUPPRESSED, hindered, sentence, asked=reason)


def cooldown(runs: tuple[Run, ...]) -> timedelta:
    """Return how long after the last run the next one may start.

    It doubles with each run since the last promoted one, up to LONGEST_COOLDOWN.
    """
    fruitless = 0
    for run in reversed(runs):
        if run.promoted:
            break
        fruitless += 1
    doublings = min(fruitless, LONGEST_COOLDOWN // COOLDOWN)
    doubled: timedelta = COOLDOWN * 2**doublings
    return min(doubled, LONGEST_COOLDOWN)


def labels_needed(training_rows: int) -> int:
    """Return how many new labelled rows make a training after a drift worthwhile."""
    return max(FEWEST_LABELS, -(-training_rows // LABEL_SHARE))


def _causes(
    state: State, report: Report, now: datetime, triggers: Triggers
) -> Iterator[tuple[Reason, str]]:
    new = f"{state.new_labels} new labelled rows"
    if report.decayed:
        yield "decay", f"the model has decayed in {_listed(report.decayed)}"
    if report.drifted and state.new_labels >= labels_needed(state.training_rows):
        yield "drift", f"{_listed(report.drifted)} drifted and there are {new}"
    if triggers.after is not None and now - state.trained_at >= triggers.after:
        yield "time", f"the last training is {_hours(now - state.trained_at)} ago"
    if triggers.after_rows is not None and state.new_labels >= triggers.after_rows:
        yield "rows", f"there are {new}"


def _without_cause(state: State, report: Report) -> Decision:
    if report.drifted:
        sentence = (
            f"No training starts: {_listed(report.drifted)} drifted, but there are "
            f"{state.new_labels} new labelled rows, and {labels_needed(state.training_rows)} are "
            "needed; upload labelled rows."
        )
        return Decision(ALERT, "drift_without_labels", sentence)
    if report.status == INSUFFICIENT:
        sentence = "Nothing is decided: there are too few predictions or labels to compare."
        return Decision(NONE, "insufficient_data", sentence)
    return Decision(NONE, "ok", "No training is needed: no drift and no decay is proven.")


def _hindrances(state: State, now: datetime) -> Iterator[tuple[Reason, str]]:
    if state.pinned:
        yield "pinned", "production trains from pinned snapshots only; pin a newer one"
    if state.available == state.snapshot:
        yield "unchanged_snapshot", "the rows are those of the last training"
    recent = sum(now - run.at < PERIOD for run in state.runs)
    if recent >= MOST_IN_PERIOD:
        yield "weekly_limit", f"{recent} automatic trainings ran in the last {PERIOD.days} days"
    wait = cooldown(state.runs)
    if state.runs and now - state.runs[-1].at < wait:
        left = min(wait, state.runs[-1].at + wait - now)
        yield "cooldown", f"the next automatic training may start in {_hours(left)}"


def _listed(names: tuple[str, ...]) -> str:
    *most, last = sorted(names)
    return f"{', '.join(most)} and {last}" if most else last


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):.0f} h"
