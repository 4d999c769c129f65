"""Every learner's artefact scores as its estimator does, and explains by exact Shapley values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

from tests.invented_flowers import PROBLEM as FLOWERS
from tests.invented_problem import PROBLEM as FLATS
from tests.invented_rows import flats
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.labels import labels_of
from titanic_mlops.learning.model import Floats, Linear, Model
from titanic_mlops.learning.players import players_of_inputs
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.learning.training import records_of
from titanic_mlops.learning.training.fit import SEED, _background, export, fit
from titanic_mlops.learning.training.learners import learner_of
from titanic_mlops.learning.training.lesson import Estimator
from titanic_mlops.problems.base import Group, Numeric, Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN, VALIDATION

RISING = (Numeric("area", monotone=1), *FLATS.features[1:])
LARGER = (Group("size", ("area", "rooms")),)
PROBLEMS: dict[str, tuple[Problem, str]] = {
    "exact trees": (replace(FLATS, groups=LARGER), "GradientBoostingRegressor"),
    "exact trees of a logarithm": (
        replace(FLATS, target_transform="log", target_decimals=0),
        "GradientBoostingRegressor",
    ),
    "exact trees of classes": (FLOWERS, "GradientBoostingClassifier"),
    "histograms": (replace(FLATS, features=RISING), "HistGradientBoostingRegressor"),
    "linear": (replace(FLATS, family="linear", groups=LARGER), "RidgeCV"),
    "linear classes": (replace(FLOWERS, family="linear"), "LogisticRegression"),
}


@dataclass(frozen=True)
class Fitted:
    problem: Problem
    encoder: Encoder
    estimator: Estimator
    model: Model
    training: list[Record]
    holdout: list[Record]

    def scores(self, inputs: np.ndarray) -> Floats:
        return learner_of(self.estimator).scores_of(self.estimator, inputs)


def fitted_to(problem: Problem, rows: pd.DataFrame) -> Fitted:
    training, validation = (records_of(rows, split) for split in (TRAIN, VALIDATION))
    encoder, estimator = fit(problem, training, validation)
    model = export(problem, encoder, estimator, training)
    return Fitted(problem, encoder, estimator, model, training, records_of(rows, TEST))


@pytest.fixture(scope="module", params=PROBLEMS)
def each(request: pytest.FixtureRequest) -> Fitted:
    problem, estimator = PROBLEMS[request.param]
    rows = request.getfixturevalue("flat_rows" if problem.name == "flats" else "flower_rows")
    found = fitted_to(problem, rows)
    assert found.model.fitting["estimator"] == estimator
    return found


def test_every_row_gets_the_estimators_score(each: Fitted) -> None:
    records = [*each.training, *map(each.problem.without_optional, each.holdout)]
    expected = each.scores(each.encoder.encode_all(records))
    found = each.model.scores(records).reshape(expected.shape)
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-12)
    for record, scores in zip(records[-20:], expected[-20:], strict=True):
        for reasons, score in zip(each.model.explain(record), scores, strict=True):
            assert reasons.score == pytest.approx(score, rel=1e-12, abs=1e-12)
            total = reasons.baseline + sum(reasons.contributions.values())
            assert total == pytest.approx(score, rel=1e-12, abs=1e-12)


def test_contributions_are_shapley_values_of_players(each: Fitted) -> None:
    """A coalition of players takes its columns from the record, others from the background."""
    players, numbers = players_of_inputs(each.problem, each.encoder)
    owner = np.array(players)[numbers]
    assert each.model.players == players
    # a linear model has the mean of all training rows as its background
    linear = isinstance(each.model.scorer, Linear)
    rows = each.training if linear else _background(each.training, SEED)
    background = each.encoder.encode_all(rows)

    def worth(inputs: np.ndarray, coalition: frozenset[str]) -> Floats:
        hybrid = np.where(np.isin(owner, list(coalition)), inputs, background)
        mean: Floats = each.scores(hybrid.astype(np.float32)).mean(axis=0)
        return mean

    for record in each.holdout[:2]:
        inputs = each.encoder.encode(record)
        worths = {
            frozenset(chosen): worth(inputs, frozenset(chosen))
            for size in range(len(players) + 1)
            for chosen in combinations(players, size)
        }
        expected = {player: shapley(player, players, worths) for player in players}
        for number, reasons in enumerate(each.model.explain(record)):
            for player in players:
                value = expected[player][number]
                assert reasons.contributions[player] == pytest.approx(value, rel=1e-9, abs=1e-9)


def shapley(player: str, players: tuple[str, ...], worths: dict[frozenset[str], Floats]) -> Floats:
    others = [other for other in players if other != player]
    n = len(players)
    total = np.zeros_like(worths[frozenset()])
    for size in range(n):
        weight = factorial(size) * factorial(n - size - 1) / factorial(n)
        for chosen in map(frozenset, combinations(others, size)):
            total += weight * (worths[chosen | {player}] - worths[chosen])
    return total


def test_a_model_of_each_learner_survives_its_files(each: Fitted) -> None:
    read = Model.from_bytes(*each.model.to_bytes())
    assert read.to_bytes() == each.model.to_bytes()
    assert read.explain(each.holdout[0]) == each.model.explain(each.holdout[0])


def test_the_same_rows_give_the_same_bytes(each: Fitted, request: pytest.FixtureRequest) -> None:
    rows = request.getfixturevalue("flat_rows" if each.problem.name == "flats" else "flower_rows")
    assert fitted_to(each.problem, rows).model.to_bytes() == each.model.to_bytes()


def test_a_monotone_feature_never_lowers_the_score(flat_rows: pd.DataFrame) -> None:
    problem = replace(FLATS, features=RISING)
    areas = np.linspace(5, 250, 400)

    def falls(declared: Problem) -> int:
        model = fitted_to(declared, flat_rows.assign(rent=rents)).model
        scores = model.scores([{"area": area, "heating": "gas", "rooms": 3} for area in areas])
        return int((np.diff(scores) < -1e-9).sum())

    noise = np.random.default_rng(0).normal(0, 400, len(flat_rows))
    rents = flat_rows["rent"] + noise
    assert falls(FLATS) > 0
    assert falls(problem) == 0


def test_many_classes_are_learned_from_histograms(flower_rows: pd.DataFrame) -> None:
    """Six classes are too many for exact trees; leaf by leaf the arrays equal the estimator."""
    kinds = tuple("abcdef")

    def renamed(row: pd.Series) -> str:
        return str(kinds[2 * FLOWERS.classes.index(row["kind"]) + (row["soil"] == "sand")])

    rows = flower_rows.assign(kind=flower_rows.apply(renamed, axis=1))
    column = replace(FLOWERS.by_name["kind"], categories=kinds)
    problem = replace(FLOWERS)
    problem.__dict__["by_name"] = {**FLOWERS.by_name, "kind": column}
    found = fitted_to(problem, rows)
    assert found.model.fitting["estimator"] == "HistGradientBoostingClassifier"
    expected = found.scores(found.encoder.encode_all(found.holdout))
    assert expected.shape == (len(found.holdout), 6)
    assert np.allclose(found.model.scores(found.holdout), expected, rtol=1e-12, atol=1e-12)
    right = found.model.scores(found.holdout).argmax(axis=1) == labels_of(problem, found.holdout)
    assert right.mean() > 0.6


def test_more_steps_than_the_default_need_proof_on_validation(
    flower_rows: pd.DataFrame,
) -> None:
    rows = flats(3000, seed=3)
    waves = rows.assign(rent=900 + 300 * np.sin(rows["area"] / 5))
    assert fitted_to(FLATS, waves).model.fitting["n_estimators"] > 150
    noise = flower_rows.assign(kind=np.random.default_rng(0).permutation(flower_rows["kind"]))
    assert fitted_to(FLOWERS, noise).model.fitting["n_estimators"] <= 150


def test_an_answer_has_its_decimals_and_never_falls_below_the_minimum(
    flat_rows: pd.DataFrame,
) -> None:
    problem = replace(FLATS, target_transform="log", target_decimals=0)
    model = fitted_to(problem, flat_rows).model
    answers = [
        task_of(problem).answer_of(problem, model, [score]).prediction
        for score in (np.log(950.4), -30.0)
    ]
    assert answers == [950.0, 1.0]
