from __future__ import annotations

import json

import numpy as np
import pytest

from titanic_mlops.learning.intervals import (
    MIN_CLASS_ROWS,
    Conformal,
    JackknifePlus,
    class_names,
    conformal,
    interval_from_json,
    interval_to_json,
    promised_level,
)
from titanic_mlops.problems.base import IntervalBy

BY = IntervalBy("carat", (0.5, 1.0, 1.5))
NO_INPUTS = np.empty(0, dtype=np.float32)


def by_class(counts: list[int]) -> tuple[np.ndarray, list[float]]:
    """Return residuals and carats: those of class k lie in (k, k + 1]."""
    residuals = [k + (i + 1) / n for k, n in enumerate(counts) for i in range(n)]
    carats = [0.25 + 0.5 * k for k, n in enumerate(counts) for _ in range(n)]
    return np.array(residuals), carats


@pytest.mark.parametrize(("n", "level"), [(1, 1 / 2), (5, 5 / 6), (8, 8 / 9), (9, 0.9), (99, 0.9)])
def test_few_residuals_promise_what_they_can(n: int, level: float) -> None:
    found = conformal(np.arange(1.0, n + 1))
    assert found.level[0] == pytest.approx(level)
    assert found.half == (float(min(n, round(0.9 * (n + 1)))),)


@pytest.mark.parametrize("n", [1, 3, 5, 8, 9, 19, 30, 200])
def test_a_new_residual_is_within_as_often_as_promised(n: int) -> None:
    rng = np.random.default_rng(n)
    held = []
    for _ in range(4000):
        residuals = rng.exponential(size=n + 1)
        held.append(residuals[-1] <= conformal(residuals[:-1]).half[0])
    assert np.mean(held) >= promised_level(n) - 0.02
    assert np.mean(held) <= promised_level(n) + 1 / (n + 1) + 0.02


def test_each_class_has_its_own_half_width() -> None:
    residuals, carats = by_class([100, 100, 100, 100])
    found = conformal(residuals, BY, carats)
    assert found.half[:4] == pytest.approx([0.91, 1.91, 2.91, 3.91])
    assert found.half[4] == conformal(residuals).half[0]
    for carat, place in [(0.49, 0), (0.5, 1), (1.2, 2), (1.5, 3), (9, 3)]:
        band = found.around(10.0, {"carat": carat}, NO_INPUTS)
        assert (band.low, band.high) == (10 - found.half[place], 10 + found.half[place])
    absent = found.around(10.0, {}, NO_INPUTS)
    assert absent.high == 10 + found.half[4]


@pytest.mark.parametrize(
    ("counts", "runs"),
    [
        ([100, 100, 100, 10], [0, 1, 2, 2]),
        ([100, 60, 10, 100], [0, 1, 1, 3]),
        ([10, 100, 20, 20], [0, 0, 0, 0]),
        ([20, 20, 20, 100], [0, 0, 0, 3]),
    ],
)
def test_a_class_of_few_rows_shares_with_its_smaller_neighbour(
    counts: list[int], runs: list[int]
) -> None:
    residuals, carats = by_class(counts)
    found = conformal(residuals, BY, carats).half[:4]
    edges = np.digitize(carats, BY.edges)
    for place, run in enumerate(runs):
        inside = np.isin(edges, [k for k in range(4) if runs[k] == run])
        assert found[place] == conformal(residuals[inside]).half[0]


def test_a_table_of_few_rows_has_one_interval_for_all() -> None:
    residuals, carats = by_class([5, 5, 5, 5])
    found = conformal(residuals, BY, carats)
    assert set(found.half) == {conformal(residuals).half[0]}
    assert sum([5, 5, 5, 5]) < MIN_CLASS_ROWS


def test_missing_values_belong_to_no_class() -> None:
    residuals, carats = by_class([100, 100, 100, 100])
    known = conformal(residuals, BY, carats)
    both = conformal(np.append(residuals, [50.0] * 100), BY, [*carats, *[None] * 100])
    assert both.half[:4] == known.half[:4]
    assert both.half[4] == 50.0


def jackknife(x: np.ndarray, y: np.ndarray) -> JackknifePlus:
    models = []
    for left_out in range(len(x)):
        others = np.arange(len(x)) != left_out
        slope, start = np.polyfit(x[others], y[others], 1)
        models.append((slope, start, abs(y[left_out] - slope * x[left_out] - start)))
    slopes, starts, residuals = zip(*models, strict=True)
    return JackknifePlus(tuple((s,) for s in slopes), starts, residuals, promised_level(len(x)))


@pytest.mark.parametrize("n", [10, 30])
def test_the_jackknife_holds_nine_in_ten_new_values(n: int) -> None:
    rng = np.random.default_rng(n)
    held = []
    for _ in range(200):
        x = rng.uniform(1, 10, n + 20)
        y = 2 * x + rng.normal(size=n + 20)
        found = jackknife(x[:n], y[:n])
        for new, truth in zip(x[n:], y[n:], strict=True):
            band = found.around(2 * new, {}, np.array([new], dtype=np.float32))
            held.append(band.low <= truth <= band.high)
    assert 0.87 <= np.mean(held) <= 0.935


def test_the_jackknife_interval_holds_the_answer() -> None:
    found = JackknifePlus(((0.0,),) * 10, (0.0,) * 10, (1.0,) * 10, 0.9)
    band = found.around(5.0, {}, np.zeros(1, dtype=np.float32))
    assert (band.low, band.high) == (-1.0, 5.0)


@pytest.mark.parametrize(
    "interval",
    [
        conformal(np.arange(20.0)),
        conformal(*by_class([100, 100, 100, 100])[:1], BY, by_class([100, 100, 100, 100])[1]),
        JackknifePlus(((0.5, 1.0), (0.25, 2.0)), (1.0, 2.0), (0.1, 0.2), 2 / 3),
    ],
    ids=["one", "by class", "jackknife+"],
)
def test_an_interval_is_read_as_it_was_written(interval: Conformal | JackknifePlus) -> None:
    assert interval_from_json(json.loads(json.dumps(interval_to_json(interval)))) == interval


def test_a_former_half_width_is_read() -> None:
    assert interval_from_json(2.5) == Conformal((2.5,), (0.9,))
    assert interval_from_json(None) is None


@pytest.mark.parametrize(
    "stored",
    [
        {"kind": "guess"},
        {"kind": "conformal", "half": [1.0], "level": [0.9], "column": "a", "edges": [1.0]},
        {"kind": "conformal", "half": [-1.0], "level": [0.9]},
        {"kind": "conformal", "half": [float("nan")], "level": [0.9]},
        {"kind": "jackknife+", "weight": [[1.0]], "start": [], "residual": [1.0], "level": 0.5},
    ],
)
def test_a_damaged_interval_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match=r"interval|half-width|jackknife"):
        interval_from_json(stored)


def test_classes_have_names() -> None:
    residuals, carats = by_class([100, 100, 100, 100])
    assert class_names(conformal(residuals, BY, carats)) == (
        "carat below 0.5",
        "carat from 0.5 to 1",
        "carat from 1 to 1.5",
        "carat from 1.5",
    )
    assert class_names(conformal(residuals)) == ()
