"""A file is compared with what is known: figures against scipy, and what they hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import mannwhitneyu, norm
from sklearn.metrics import roc_auc_score

from titanic_mlops.learning.admission import (
    Contradiction,
    as_numbers,
    changes_too_many,
    column_auc,
    copies_too_many,
    inverted_labels,
    larger_residuals,
    leaking_columns,
)
from titanic_mlops.learning.noise_rate import Scored


def drawn(rng: np.random.Generator, rows: int, *, inverted: float = 0.0) -> Scored:
    """Draw labels from a model's own probabilities, then invert a share of them."""
    probabilities = rng.beta(0.7, 0.9, rows)
    labels = (rng.random(rows) < probabilities).astype(float)
    wrong = rng.random(rows) < inverted
    return Scored(np.where(wrong, 1 - labels, labels), probabilities)


def log_likelihood(rate: float, scored: Scored) -> float:
    p = scored.probabilities * (1 - rate) + (1 - scored.probabilities) * rate
    return float(np.log(np.where(scored.labels == 1, p, 1 - p)).sum())


def fitted(scored: Scored) -> tuple[float, float]:
    best = minimize_scalar(
        lambda rate: -log_likelihood(rate, scored), bounds=(0, 1), options={"xatol": 1e-10}
    )
    return best.x, -best.fun


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_likelihood_ratio_is_that_of_scipy(share: float) -> None:
    rng = np.random.default_rng(1)
    file, holdout = drawn(rng, 150, inverted=share), drawn(rng, 200)
    both = Scored(
        np.concatenate([file.labels, holdout.labels]),
        np.concatenate([file.probabilities, holdout.probabilities]),
    )
    found = inverted_labels(file, holdout)
    expected = 2 * (fitted(file)[1] + fitted(holdout)[1] - fitted(both)[1])
    assert found.rate == pytest.approx(fitted(file)[0], abs=1e-5)
    assert abs(found.z) == pytest.approx(np.sqrt(max(expected, 0)), abs=1e-3)


def test_honest_files_pass_and_inverted_ones_are_held() -> None:
    rng = np.random.default_rng(2)
    holdout = drawn(rng, 250)
    honest = [
        inverted_labels(drawn(rng, n), holdout).holds for n in (20, 60, 400) for _ in range(100)
    ]
    wrong = [inverted_labels(drawn(rng, 150, inverted=1), holdout).holds for _ in range(20)]
    assert (sum(honest), all(wrong)) == (0, True)


def test_better_labels_than_the_holdouts_pass() -> None:
    rng = np.random.default_rng(3)
    found = inverted_labels(drawn(rng, 400), drawn(rng, 400, inverted=0.4))
    assert found.z < -4
    assert not found.holds


def test_residuals_are_compared_as_by_mann_whitney() -> None:
    rng = np.random.default_rng(4)
    file, holdout = np.abs(rng.normal(0, 3, 80)).round(1), np.abs(rng.normal(0, 1, 120)).round(1)
    expected = mannwhitneyu(file, holdout, alternative="greater", use_continuity=False)
    found = larger_residuals(file, holdout)
    assert found.z == pytest.approx(norm.isf(expected.pvalue))
    assert found.holds
    assert not larger_residuals(holdout, holdout).holds


def test_equal_residuals_are_no_contradiction() -> None:
    assert not larger_residuals(np.zeros(30), np.zeros(30)).holds


def test_a_columns_auc_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(5)
    labels = (rng.random(300) < 0.4).astype(float)
    values = (rng.normal(0, 1, 300) - labels).round(1)
    assert column_auc(values, labels) == pytest.approx(1 - roc_auc_score(labels, values))
    assert column_auc(values, np.ones(300)) == 0.5


def test_a_missing_value_ranks_above_all_others() -> None:
    values = np.array([1.0, 2.0, np.nan, 3.0, np.nan])
    assert column_auc(values, np.array([0.0, 0.0, 1.0, 0.0, 1.0])) == 1
    assert column_auc(values, np.array([1.0, 0.0, 1.0, 0.0, 0.0])) == pytest.approx(3.5 / 6)


def test_a_column_that_holds_the_answer_leaks() -> None:
    rng = np.random.default_rng(6)
    labels = (rng.random(100) < 0.4).astype(float)
    fare = rng.normal(0, 1, 100)
    known = {"fare": fare, "deck": rng.normal(0, 1, 100)}
    file = {"fare": labels * 5 + fare / 10, "deck": known["deck"]}
    ((name, now, before),) = leaking_columns(file, labels, known, labels)
    assert (name, now) == ("fare", 1)
    assert before < 0.7
    assert leaking_columns(known, labels, known, labels) == []
    assert leaking_columns(file, np.zeros(100), known, labels) == []


def test_a_few_rows_that_a_column_tells_by_luck_do_not_leak() -> None:
    rng = np.random.default_rng(7)
    known_labels = (rng.random(700) < 0.4).astype(float)
    known = {"sex": np.where(rng.random(700) < 0.8, known_labels, 1 - known_labels)}
    labels = np.array([1.0] * 10 + [0.0] * 10)
    assert leaking_columns({"sex": labels}, labels, known, known_labels) == []
    more = np.repeat(labels, 10)
    assert leaking_columns({"sex": more}, more, known, known_labels) != []


@pytest.mark.parametrize(("positives", "leaks"), [(9, False), (10, True)])
def test_a_leak_needs_rows_of_each_class(positives: int, *, leaks: bool) -> None:
    known_labels = np.tile([0.0, 1.0], 100)
    known = {"fare": np.repeat(np.arange(100.0), 2)}
    labels = np.array([1.0] * positives + [0.0] * 90)
    assert bool(leaking_columns({"fare": labels}, labels, known, known_labels)) is leaks
    others = 1 - labels
    assert bool(leaking_columns({"fare": others}, others, known, known_labels)) is leaks


def test_text_becomes_the_mean_known_label() -> None:
    labels = np.array([1.0, 0.0, 1.0])
    file, known = as_numbers(["a", "new", None], ["a", "a", "b"], labels)
    np.testing.assert_array_equal(file, [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(known, [0.5, 0.5, 1])
    numbers, _ = as_numbers([1, None], [2.5], labels[:1])
    np.testing.assert_array_equal(numbers, [1, np.nan])


@pytest.mark.parametrize(
    ("changed", "known", "held"), [(9, 9, False), (10, 200, False), (11, 200, True), (10, 10, True)]
)
def test_few_changed_labels_pass(changed: int, known: int, *, held: bool) -> None:
    assert changes_too_many(changed, known) is held


@pytest.mark.parametrize(
    ("copied", "rows", "own", "held"),
    [(19, 19, 0, False), (20, 100, 0, False), (21, 100, 0, True), (60, 100, 0.5, False)],
)
def test_copies_beyond_the_tables_own_share_are_held(
    copied: int, rows: int, own: float, *, held: bool
) -> None:
    assert copies_too_many(copied, rows, own) is held


@pytest.mark.parametrize(
    ("z", "rate", "held"),
    [(4.0, 0.50, False), (4.1, 0.05, True), (4.1, 0.049, False), (-9.0, 0.50, False)],
)
def test_a_contradiction_holds_by_both_its_limits(z: float, rate: float, *, held: bool) -> None:
    assert Contradiction(z, rate, 0.0).holds is held
