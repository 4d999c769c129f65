"""PSI, its threshold, and what a year of windows without drift raises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.monitoring.sales import sales, sales_records
from tests.sales_problem import SALES
from titanic_mlops.learning.tasks import Answer
from titanic_mlops.monitoring.alarm import alarms
from titanic_mlops.monitoring.chi_square import survival, upper_quantile
from titanic_mlops.monitoring.drift import Drift, drift_of, psi, threshold
from titanic_mlops.monitoring.facets import Facet
from titanic_mlops.monitoring.profile import SCORE, Profile, profile_of
from titanic_mlops.problems.base import Record

DAYS = 365


@pytest.fixture(scope="module")
def population() -> list[Record]:
    return sales_records(sales(6000, seed=11))


@pytest.fixture(scope="module")
def profile(population: list[Record]) -> Profile:
    draw = np.random.default_rng(5)
    answers = [Answer("no", probability=p) for p in draw.beta(2, 3, 300)]
    return profile_of(SALES, population[:900], answers, {})


def window(profile: Profile, records: Sequence[Record], scores: Sequence[float]) -> Drift:
    """Return the drift of records that were answered with these probabilities."""
    counts = [
        facet.tallied(
            list(scores)
            if facet.column == "probability"
            else [record.get(facet.column) for record in records]
        )
        for facet in profile.facets
    ]
    return drift_of(profile, counts)


def drawn(
    profile: Profile,
    population: list[Record],
    seed: int,
    change: Callable[[dict[str, Any]], object] | None = None,
    n: int | None = None,
) -> Drift:
    """Return the drift of a window of 200 to 400 sales that the profile has not counted."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(200, 401)) if n is None else n
    records = [dict(population[i]) for i in draw.integers(900, len(population), size)]
    if change:
        for record in records:
            change(record)
    return window(profile, records, draw.beta(2, 3, size).tolist())


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 17, 40])
def test_the_chi_square_quantile_is_scipys(freedom: int) -> None:
    for share in (0.5, 0.05, 1e-3, 1e-5, 1e-7):
        quantile = upper_quantile(share, freedom)
        assert quantile == pytest.approx(stats.chi2.isf(share, freedom), rel=1e-9)
        assert survival(quantile, freedom) == pytest.approx(share, rel=1e-6)
    assert survival(0, freedom) == 1
    with pytest.raises(ValueError, match="no χ² quantile"):
        upper_quantile(0, freedom)


def test_psi_is_the_symmetric_relative_entropy() -> None:
    """It is the sum of scipy's two relative entropies, of smoothed shares."""
    reference, counts = np.array([400, 300, 0, 200]), np.array([20, 90, 3, 100])
    shares = [(one + 0.5) / (one + 0.5).sum() for one in (reference, counts)]
    both = stats.entropy(*shares) + stats.entropy(*reversed(shares))
    assert psi(reference, counts) == pytest.approx(both)
    assert psi(counts, counts) == 0


def test_the_threshold_grows_with_bins_and_falls_with_rows() -> None:
    expected = stats.chi2.isf(0.001 / 8, 10) * (1 / 600 + 1 / 200)
    assert threshold(11, 8, 600, 200) == pytest.approx(expected)
    assert threshold(11, 8, 10**6, 10**6) == 0.2
    assert threshold(3, 8, 600, 200) < threshold(11, 8, 600, 200) < threshold(11, 80, 600, 200)


def test_too_few_rows_are_not_ok(profile: Profile, population: list[Record]) -> None:
    assert drawn(profile, population, seed=1, n=199).status == "insufficient_data"
    assert drawn(profile, population, seed=1, n=199).ratios == {}
    assert drawn(profile, population, seed=1, n=200).status == "ok"


def test_a_year_without_drift_raises_no_alarm(profile: Profile, population: list[Record]) -> None:
    windows = [drawn(profile, population, seed=day) for day in range(DAYS)]
    ratios = [one.ratios for one in windows]
    assert all(alarms(ratios[max(0, day - 3) : day + 1]) == frozenset() for day in range(DAYS))
    drifted = sum(one.status == "drifted" for one in windows)
    assert drifted <= 2  # the chance is 0.001 a window


def cheaper(record: dict[str, Any]) -> None:
    record["turnover"] = record["turnover"] and record["turnover"] * 0.6


def in_metres(record: dict[str, Any]) -> None:
    record["width"] /= 100


def missing(record: dict[str, Any]) -> None:
    record["turnover"] = None


def larger(record: dict[str, Any]) -> None:
    record["size"] = "L" if record["size"] == "M" else record["size"]


def unseen(record: dict[str, Any]) -> None:
    record["size"] = "XXL" if record["size"] == "M" else record["size"]


def without_red(record: dict[str, Any]) -> None:
    record["colours"] = "green"


def longer(record: dict[str, Any]) -> None:
    record["remark"] = (record["remark"] or "") + " und noch mehr"


def before_all(record: dict[str, Any]) -> None:
    record["sold"] = "1970-01-01"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (cheaper, "turnover"),
        (in_metres, "width"),
        (missing, "turnover"),
        (larger, "size"),
        (unseen, "size"),
        (without_red, "colours=red"),
        (longer, "remark"),
        (before_all, "sold"),
    ],
)
def test_a_shift_raises_an_alarm_within_three_windows(
    profile: Profile,
    population: list[Record],
    change: Callable[[dict[str, Any]], object],
    name: str,
) -> None:
    """Twenty times, windows of 200: the alarm is of the column that changed."""
    found = 0
    for start in range(20):
        windows = [drawn(profile, population, 1000 + 3 * start + k, change, 200) for k in range(3)]
        found += name in alarms([one.ratios for one in windows])
    assert found == 20


def test_a_shift_of_the_score_raises_an_alarm(profile: Profile, population: list[Record]) -> None:
    draw = np.random.default_rng(8)
    records = population[900:1100]
    windows = [window(profile, records, draw.beta(3, 2, 200).tolist()) for _ in range(3)]
    assert SCORE in alarms([one.ratios for one in windows])


def test_later_days_and_absent_optional_columns_are_no_drift(
    profile: Profile, population: list[Record]
) -> None:
    """Time passes, and a source that does not know a remark sends none."""

    def later(record: dict[str, Any]) -> None:
        record |= {"sold": "2031-05-31", "remark": None, "uses": None, "paid": None}

    windows = [drawn(profile, population, seed, later, 300) for seed in range(3)]
    assert alarms([one.ratios for one in windows]) == frozenset()
    shares = {facet.name: facet for facet in windows[0].facets}
    assert shares["remark"].missing == 1
    assert shares["remark"].status == "insufficient_data"
    assert shares["sold"].beyond == 1


def test_the_shares_of_missing_and_unseen_values_are_told() -> None:
    facet = Facet("size", "size", "category", (0, 50, 150, 0), groups=(("S",), ("M",)))
    found = drift_of(Profile(200, 0, (facet,), (), {}), [np.array([20, 60, 80, 40])])
    assert (found.facets[0].missing, found.facets[0].beyond) == (0.1, 0.2)


def test_an_alarm_needs_two_windows_and_clears_after_two() -> None:
    def after(*ratios: float) -> bool:
        return "a" in alarms([{"a": ratio} for ratio in ratios])

    assert not after(2)
    assert after(2, 0.1, 2)
    assert not after(2, 0.1, 0.9, 2)
    assert after(2, 2, 0.9, 0.9, 0.4)
    assert not after(2, 2, 0.4, 0.9, 0.4)
    assert after(2, 2, 0.4, 0.4, 2, 2)
    assert "a" in alarms([{"a": 2}, {}, {}, {"a": 2}])
