"""Realised figures beside the holdout's, with bounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, roc_auc_score

from titanic_mlops.learning.metrics import bootstrap_means
from titanic_mlops.learning.model import Floats
from titanic_mlops.monitoring.alarm import alarms
from titanic_mlops.monitoring.decay import ERRORS, Decay, decay_of
from titanic_mlops.monitoring.figures import Figure, Joined, auc_of, figures_of

TWO, SEVERAL, NUMBER = "classification", "multiclass", "regression"
DAYS = 365


def of_two(n: int, seed: int, *, slope: float = 1.5, offset: float = 0.0) -> Joined:
    """Return calibrated answers; another slope or offset of the truth makes them wrong."""
    draw = np.random.default_rng(seed)
    scores = draw.normal(0, 1.5, n)
    truth = 1 / (1 + np.exp(-(scores * slope / 1.5 + offset)))
    return Joined((draw.random(n) < truth).astype(float), 1 / (1 + np.exp(-scores)))


def of_several(n: int, seed: int, *, spoiled: float = 0.0) -> Joined:
    draw = np.random.default_rng(seed)
    sure = draw.beta(8, 2, n)
    return Joined((draw.random(n) < sure * (1 - spoiled)).astype(float), sure)


def of_a_number(n: int, seed: int, *, noise: float = 1.0) -> Joined:
    draw = np.random.default_rng(seed)
    values = draw.normal(100, 30, n)
    half = stats.norm.isf(0.05) * 10
    return Joined(values + draw.normal(0, 10 * noise, n), values, values - half, values + half)


def judged(task: str, make: Callable[[int, int], Joined], window: Joined) -> Decay:
    return decay_of(task, window, figures_of(task, make(600, 99)), predictions=2 * window.n)


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    rows = of_two(500, seed)
    ties = Joined(rows.labels, rows.answers.round(1).clip(0.01, 0.99))
    found = figures_of(TWO, ties)
    assert found["auc"].value == pytest.approx(roc_auc_score(ties.labels, ties.answers))
    assert found["log_loss"].value == pytest.approx(log_loss(ties.labels, ties.answers))
    right = accuracy_score(ties.labels, ties.answers > 0.5)
    assert found["accuracy"].value == pytest.approx(right)
    number = of_a_number(500, seed)
    assert number.low is not None
    assert number.high is not None
    mae = figures_of(NUMBER, number)["mae"]
    assert mae.value == pytest.approx(mean_absolute_error(number.labels, number.answers))
    assert mae.error == pytest.approx(stats.sem(np.abs(number.labels - number.answers)))


def test_the_errors_are_those_of_a_bootstrap() -> None:
    """Closed forms instead of 1,000 draws: memory does not grow with a window's rows."""
    rows = of_two(400, 3)
    draw = np.random.default_rng(0)
    aucs = []
    for _ in range(1000):
        drawn = draw.integers(0, rows.n, rows.n)
        aucs.append(roc_auc_score(rows.labels[drawn], rows.answers[drawn]))
    assert auc_of(rows.labels, rows.answers).error == pytest.approx(np.std(aucs), rel=0.1)
    losses = figures_of(TWO, rows)["log_loss"]
    each = -np.log(np.where(rows.labels == 1, rows.answers, 1 - rows.answers))
    assert losses.error == pytest.approx(np.std(bootstrap_means(each, 0)), rel=0.1)


def test_the_auc_bound_holds_the_truth_as_often_as_it_says() -> None:
    """In 95 of 100 samples of 200 rows the true AUC is below the upper bound, or in a few more.

    An AUC is skewed: a sample with a low one has a wide error, which keeps its bound high.
    """
    big = of_two(200_000, 1)
    truth = auc_of(big.labels, big.answers).value
    held = 0
    for seed in range(1000):
        rows = of_two(200, seed)
        found = auc_of(rows.labels, rows.answers)
        held += truth < found.value + ERRORS * found.error
    assert 940 <= held <= 985


@pytest.mark.parametrize(
    ("task", "make", "same", "worse", "name"),
    [
        (TWO, of_two, of_two(400, 1), of_two(400, 1, slope=0.3), "auc"),
        (TWO, of_two, of_two(400, 1), of_two(400, 1, offset=1.5), "log_loss"),
        (SEVERAL, of_several, of_several(400, 1), of_several(400, 1, spoiled=0.2), "accuracy"),
        (NUMBER, of_a_number, of_a_number(400, 1), of_a_number(400, 1, noise=1.6), "mae"),
        (NUMBER, of_a_number, of_a_number(400, 1), of_a_number(400, 1, noise=1.6), "coverage"),
    ],
)
def test_a_worse_model_has_decayed(
    task: str, make: Callable[[int, int], Joined], same: Joined, worse: Joined, name: str
) -> None:
    assert judged(task, make, same).status == "ok"
    found = judged(task, make, worse)
    assert found.status == "decayed"
    assert name in {one.name for one in found.comparisons if one.decayed}
    assert found.coverage == 0.5


def test_the_rule_is_the_bound_beyond_the_margin() -> None:
    """A holdout without error, and figures at the edge of each rule."""
    rows = of_two(400, 1)
    found = figures_of(TWO, rows)
    upper = found["auc"].value + ERRORS * found["auc"].error
    lower = found["log_loss"].value - ERRORS * found["log_loss"].error
    for shift, status in ((-1e-6, "ok"), (1e-6, "decayed")):
        by_auc = decay_of(TWO, rows, {"auc": Figure(upper + 0.03 + shift)}, 400)
        by_loss = decay_of(TWO, rows, {"log_loss": Figure(lower - 0.05 - shift)}, 400)
        assert (by_auc.status, by_loss.status) == (status, status)


@pytest.mark.parametrize(
    "rows",
    [
        of_two(199, 1, slope=-1.5),
        Joined(np.r_[np.ones(29), np.zeros(400)], np.r_[np.zeros(29), np.ones(400)]),
        Joined(np.array([]), np.array([])),
    ],
)
def test_too_few_labels_are_insufficient(rows: Joined) -> None:
    """However wrong they look: 200 rows and 30 of each class are needed."""
    assert judged(TWO, of_two, rows).status == "insufficient_data"


@pytest.mark.parametrize(
    ("task", "make"), [(TWO, of_two), (SEVERAL, of_several), (NUMBER, of_a_number)]
)
def test_a_year_of_an_unchanged_model_raises_no_alarm(
    task: str, make: Callable[[int, int], Joined]
) -> None:
    """Windows of 200 to 400 labels; the holdout has 180 rows, as on the Titanic table."""
    holdout = figures_of(task, make(180, 12345))
    sizes = np.random.default_rng(2).integers(200, 401, DAYS)
    ratios = [
        decay_of(task, make(int(n), day), holdout, int(n)).ratios for day, n in enumerate(sizes)
    ]
    assert all(not alarms(ratios[max(0, day - 3) : day + 1]) for day in range(DAYS))


def test_a_lucky_holdout_does_not_make_a_model_decay() -> None:
    """Two standard errors above the truth on 180 rows: without the holdout's error every second
    window would look decayed.
    """
    truth: Floats = np.array([figures_of(TWO, of_two(180, s))["auc"].value for s in range(200)])
    error = figures_of(TWO, of_two(180, 7))["auc"].error
    lucky = {"auc": Figure(float(truth.mean() + 2 * truth.std()), error)}
    ratios = [decay_of(TWO, of_two(300, day), lucky, 300).ratios for day in range(100)]
    assert sum(one["auc"] > 1 for one in ratios) <= 10
    unknown = {"auc": Figure(lucky["auc"].value)}
    without = [decay_of(TWO, of_two(300, day), unknown, 300).ratios for day in range(100)]
    assert sum(one["auc"] > 1 for one in without) > sum(one["auc"] > 1 for one in ratios)


def test_rows_without_an_interval_have_no_coverage() -> None:
    rows = of_a_number(300, 1)
    none = np.full(300, np.nan)
    assert "coverage" not in figures_of(NUMBER, Joined(rows.labels, rows.answers))
    assert "coverage" not in figures_of(NUMBER, Joined(rows.labels, rows.answers, none, none))


def test_an_exact_model_that_errs_now_has_decayed() -> None:
    exact = {"mae": Figure(0.0)}
    rows = of_a_number(300, 1)
    assert decay_of(NUMBER, Joined(rows.labels, rows.answers), exact, 300).status == "decayed"
    assert decay_of(NUMBER, Joined(rows.labels, rows.labels), exact, 300).status == "ok"
