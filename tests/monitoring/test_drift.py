"""When requests count as spread otherwise than the training rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from titanic_mlops.monitoring.bins import number_bins, value_bins
from titanic_mlops.monitoring.drift import (
    MIN_PREDICTIONS,
    WindowDrift,
    _chi_squared,
    alarmed,
    index_threshold,
    stability_index,
    window_drift,
)
from titanic_mlops.monitoring.profile import Profile
from titanic_mlops.monitoring.windows import closes, next_window

DRAWS = np.random.default_rng(1912)
COLUMNS, ROWS = 11, 712


def training() -> tuple[Profile, np.ndarray]:
    """Return the profile of twelve normal columns, the last one the score, and their values."""
    values = DRAWS.normal(size=(ROWS, COLUMNS + 1))
    bins = [number_bins(f"c{n}", f"c{n}", values[:, n].tolist()) for n in range(COLUMNS + 1)]
    return Profile(tuple(bins[:-1]), bins[-1]), values


def window(profile: Profile, values: np.ndarray) -> WindowDrift:
    columns = zip(profile.all_bins, values.T, strict=True)
    return window_drift(profile, [bins.counted(one.tolist()).counts for bins, one in columns])


def test_the_index_is_the_sum_over_smoothed_shares() -> None:
    expected, found = np.array([40.0, 60.0, 0.0]), np.array([10.0, 80.0, 10.0])
    q, p = ((counts + 0.5) / (counts + 0.5).sum() for counts in (expected, found))
    both = stats.entropy(p, q) + stats.entropy(q, p)
    assert stability_index([40, 60, 0], [10, 80, 10]) == pytest.approx(both)


def test_equal_shares_have_no_index() -> None:
    assert stability_index([40, 60], [40, 60]) == 0


@pytest.mark.parametrize("freedom", [1, 2, 3, 9, 20])
@pytest.mark.parametrize("probability", [0.001 / 50, 0.001, 0.05])
def test_the_quantile_is_scipys(freedom: int, probability: float) -> None:
    found = _chi_squared(probability, freedom)
    assert found == pytest.approx(stats.chi2.isf(probability, freedom), rel=0.05)


def test_the_threshold_is_wider_for_fewer_rows_and_more_columns() -> None:
    few, many = (index_threshold(700, n, 10, 12) for n in (200, 100_000))
    assert few > many == 0.2
    assert index_threshold(700, 200, 10, 100) > few
    assert index_threshold(700, 200, 1, 12) == float("inf")


def test_a_year_without_drift_raises_no_alarm() -> None:
    profile, _ = training()
    year = [
        window(profile, DRAWS.normal(size=(int(DRAWS.integers(200, 400)), COLUMNS + 1)))
        for _ in range(365)
    ]
    assert sum(one.status == "drifted" for one in year) <= 1
    assert not alarmed(year, before=False)


@pytest.mark.parametrize("shift", [0.8, 1.5])
def test_a_shift_of_one_column_is_found_within_three_windows(shift: float) -> None:
    profile, _ = training()
    values = DRAWS.normal(size=(3, 300, COLUMNS + 1))
    values[:, :, 4] += shift
    shifted = [window(profile, one) for one in values]
    assert alarmed(shifted, before=False)
    assert {one.drifted[0].name for one in shifted if one.drifted} == {"c4"}


def test_a_column_that_arrives_empty_is_drifted_and_says_so() -> None:
    profile, values = training()
    columns = [
        bins.counted(one.tolist()) for bins, one in zip(profile.all_bins, values.T, strict=True)
    ]
    counts = [bins.counts for bins in columns]
    counts[2] = (*[0] * (len(counts[2]) - 1), ROWS)
    (empty,) = window_drift(profile, counts).drifted
    assert (empty.name, empty.missing) == ("c2", 1.0)


def test_a_few_numbers_beyond_training_are_told_and_are_no_drift() -> None:
    profile, _ = training()
    values = DRAWS.normal(size=(400, COLUMNS + 1))
    values[:8, 0] = 99
    found = window(profile, values)
    assert found.status == "ok"
    assert found.each[0].outside >= 0.02


def test_unseen_categories_are_told() -> None:
    deck = value_bins("deck", "deck", ["A", "B"] * 300)
    score = number_bins("score", "probability", [0.1, 0.9] * 300)
    deck_now, score_now = deck.counted(["A", "B", "C"] * 100), score.counted([0.1, 0.9] * 150)
    found = window_drift(Profile((deck,), score), [deck_now.counts, score_now.counts])
    assert found.each[0].unseen == pytest.approx(1 / 3)
    assert found.status == "drifted"


def test_few_predictions_say_nothing() -> None:
    profile, _ = training()
    values = DRAWS.normal(5, size=(MIN_PREDICTIONS - 1, COLUMNS + 1))
    assert window(profile, values).status == "insufficient_data"


def statuses(words: str) -> list[WindowDrift]:
    """Return windows: d drifted, o near its threshold, q quiet, i with too few predictions."""
    profile, values = training()
    quiet = window(profile, values)
    far = window(profile, values + 3)
    near = replace(quiet, each=tuple(replace(one, index=one.threshold * 0.9) for one in quiet.each))
    few = replace(far, predictions=10)
    return [{"d": far, "o": near, "q": quiet, "i": few}[letter] for letter in words]


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ("d", False, False),
        ("dd", False, True),
        ("dod", False, True),
        ("dqd", False, True),
        ("dqqd", False, False),
        ("did", False, True),
        ("ii", False, False),
        ("q", True, True),
        ("qq", True, False),
        ("qo", True, True),
        ("qiq", True, False),
        ("ddqq", False, False),
        ("ddoo", False, True),
    ],
)
def test_two_of_three_windows_raise_the_alarm_and_two_quiet_ones_clear_it(
    words: str, *, before: bool, after: bool
) -> None:
    assert alarmed(statuses(words), before=before) is after


def test_a_window_closes_after_a_day_with_200_predictions() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    early = next_window(begun, begun + timedelta(hours=20))
    late = next_window(begun, begun + timedelta(hours=25))
    assert not closes(early, 5_000)
    assert not closes(late, MIN_PREDICTIONS - 1)
    assert closes(late, MIN_PREDICTIONS)


def test_a_window_leaves_out_predictions_that_are_still_on_their_way() -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    assert next_window(begun, begun + timedelta(days=2)).until < begun + timedelta(days=2)
    assert next_window(begun, begun).until == begun
