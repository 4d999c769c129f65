"""Whether to train again: every decision has a kind, a reason and a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from titanic_mlops.monitoring.decision import (
    Decision,
    Report,
    Run,
    State,
    Triggers,
    cooldown,
    decide,
    labels_needed,
)

NOW = datetime(2024, 5, 31, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATE = State(
    snapshot="a",
    available="b",
    training_rows=600,
    new_labels=150,
    trained_at=NOW - 30 * DAY,
)
OK = Report((), (), "ok")
DECAYED = Report(("auc",), (), "decayed")
DRIFTED = Report((), ("Age", "Fare"), "drifted")
OFF = Triggers()


def decided(state: State, report: Report, triggers: Triggers = OFF) -> Decision:
    return decide(state, report, NOW, triggers)


def test_decay_trains() -> None:
    found = decided(replace(STATE, new_labels=0), DECAYED)
    assert (found.kind, found.reason) == ("retrain", "decay")
    assert found.sentence == "A training starts, because the model has decayed in auc."


def test_drift_trains_with_enough_new_labels_only() -> None:
    few, enough = (decided(replace(STATE, new_labels=n), DRIFTED) for n in (99, 100))
    assert (few.kind, few.reason) == ("alert", "drift_without_labels")
    assert "Age and Fare drifted" in few.sentence
    assert "100 are needed" in few.sentence
    assert (enough.kind, enough.reason) == ("retrain", "drift")
    large = replace(STATE, training_rows=2001, new_labels=200)
    assert decided(large, DRIFTED).kind == "alert"
    assert decided(replace(large, new_labels=201), DRIFTED).kind == "retrain"
    assert [labels_needed(n) for n in (1, 1000, 1001)] == [100, 100, 101]


def test_nothing_proven_does_nothing() -> None:
    assert (decided(STATE, OK).kind, decided(STATE, OK).reason) == ("none", "ok")
    unknown = decided(STATE, Report((), (), "insufficient_data"))
    assert (unknown.kind, unknown.reason) == ("none", "insufficient_data")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pinned": True}, "pinned"),
        ({"available": "a"}, "unchanged_snapshot"),
        ({"runs": tuple(Run(NOW - n * DAY, promoted=True) for n in (6, 4, 2))}, "weekly_limit"),
        ({"runs": (Run(NOW - 23 * HOUR, promoted=True),)}, "cooldown"),
    ],
)
def test_a_training_is_suppressed(changes: dict[str, object], reason: str) -> None:
    found = decided(replace(STATE, **changes), DECAYED)  # type: ignore[arg-type]
    assert (found.kind, found.reason, found.asked) == ("suppressed", reason, "decay")
    assert found.sentence.startswith("No training starts, although the model has decayed in auc: ")


def test_the_cooldown_doubles_until_a_promotion() -> None:
    hours = []
    for fruitless in range(6):
        runs = (Run(NOW, promoted=True), *(Run(NOW, promoted=False) for _ in range(fruitless)))
        hours.append(cooldown(runs) / HOUR)
    assert hours == [24, 48, 96, 168, 168, 168]
    assert cooldown((Run(NOW, promoted=False), Run(NOW, promoted=True))) == 24 * HOUR
    assert cooldown(tuple(Run(NOW, promoted=False) for _ in range(5000))) == 168 * HOUR


def test_a_training_may_start_when_the_cooldown_ends() -> None:
    for promoted, wait in ((True, 24), (False, 48)):
        runs = (Run(NOW - wait * HOUR, promoted=promoted),)
        assert decided(replace(STATE, runs=runs), DECAYED).kind == "retrain"
        late = (Run(NOW - wait * HOUR + HOUR, promoted=promoted),)
        found = decided(replace(STATE, runs=late), DECAYED)
        assert found.sentence.endswith("the next automatic training may start in 1 h.")


def test_a_clock_set_back_only_waits() -> None:
    ahead = (Run(NOW + 300 * DAY, promoted=True),)
    found = decided(replace(STATE, runs=ahead), DECAYED)
    assert found.sentence.endswith("may start in 24 h.")


def test_at_most_three_automatic_trainings_run_in_a_week() -> None:
    """A year of decay on every hour, each training promoted: the least the cooldown holds."""
    runs: tuple[Run, ...] = ()
    start = NOW
    for hour in range(365 * 24):
        now = start + hour * HOUR
        state = replace(STATE, runs=runs, available=f"rows of {hour}")
        if decide(state, DECAYED, now, OFF).kind == "retrain":
            runs = (*runs[-10:], Run(now, promoted=True))
            assert sum(now - run.at < 7 * DAY for run in runs) <= 3
    assert len(runs) > 3


def test_time_and_rows_train_only_where_they_are_set() -> None:
    assert decided(STATE, OK).kind == "none"
    assert decided(STATE, OK, Triggers(after=30 * DAY)).reason == "time"
    assert decided(STATE, OK, Triggers(after=31 * DAY)).reason == "ok"
    assert decided(STATE, OK, Triggers(after_rows=150)).reason == "rows"
    assert decided(STATE, OK, Triggers(after_rows=151)).reason == "ok"
    unchanged = replace(STATE, available="a")
    assert decided(unchanged, OK, Triggers(after=DAY)).reason == "unchanged_snapshot"


@pytest.mark.parametrize("report", [OK, DECAYED, DRIFTED, Report((), (), "insufficient_data")])
@pytest.mark.parametrize("state", [STATE, replace(STATE, pinned=True, new_labels=0)])
def test_every_decision_has_one_sentence(report: Report, state: State) -> None:
    found = decided(state, report, Triggers(after=DAY))
    assert found.sentence.endswith(".")
    assert found.sentence.count(". ") == 0
    assert (found.asked is not None) == (found.kind == "suppressed")
