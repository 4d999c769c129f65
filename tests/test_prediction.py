from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from tests.invented_flowers import PROBLEM as FLOWERS
from tests.invented_problem import PROBLEM as FLATS
from tests.learning.scorers import trees_of, with_arrays
from titanic_mlops.errors import RequestInvalid
from titanic_mlops.learning.intervals import Conformal
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import train
from titanic_mlops.prediction import Prediction, predict
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.problem import predictions_data

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
WOMAN = {"Pclass": 1, "Sex": "female", "SibSp": 0, "Parch": 0, "Name": "B, Mrs. A"}
MAN = {"Pclass": "3", "Sex": "male", "SibSp": 0, "Parch": 0, "Age": 40}
FLOWER = {"flower": "1", "length": 17, "width": 3.6, "colour": "white", "soil": "clay"}
FLAT = {"flat": "1", "house": "2", "area": 100, "heating": "gas", "rooms": None}


def ask(problem: Problem, model: Model, request: object) -> Prediction:
    return predict(problem, request, model=model, version=3, uuid="an id", now=NOW)


def test_the_same_request_has_the_same_answer(titanic: Problem, titanic_model: Model) -> None:
    first = ask(titanic, titanic_model, WOMAN)
    ask(titanic, titanic_model, MAN)
    assert ask(titanic, titanic_model, dict(reversed(WOMAN.items()))) == first


def test_predictions_for_a_rich_woman_and_a_poor_man(
    titanic: Problem, titanic_model: Model
) -> None:
    assert ask(titanic, titanic_model, WOMAN).prediction == 1
    assert ask(titanic, titanic_model, MAN).prediction == 0


def test_probability_and_class_follow_from_the_score(
    titanic: Problem, titanic_model: Model, titanic_rows: pd.DataFrame
) -> None:
    classes = set()
    for row in titanic_rows.drop(columns=["Survived", "split"]).astype(object).to_dict("records"):
        request = {name: None if pd.isna(value) else value for name, value in row.items()}
        answered = ask(titanic, titanic_model, request)
        assert answered.probability is not None
        assert answered.probability == pytest.approx(1 / (1 + math.exp(-answered.reasons.score)))
        assert type(answered.prediction) is int
        assert answered.prediction == (answered.probability > 0.5)
        classes.add(answered.prediction)
    assert classes == {0, 1}


def test_log_odds_of_zero_are_class_zero(titanic: Problem, titanic_model: Model) -> None:
    nothing = np.zeros_like(trees_of(titanic_model).contribution)
    silent = with_arrays(titanic_model, contribution=nothing)
    answered = ask(titanic, replace(silent, baseline=(0.0,)), MAN)
    assert (answered.prediction, answered.probability) == (0, 0.5)


def test_the_answer_is_a_scalar_with_reasons_on_demand(
    titanic: Problem, titanic_model: Model
) -> None:
    answered = ask(titanic, titanic_model, WOMAN)
    body = answered.answer()
    assert body == {
        "prediction": 1,
        "probability": answered.probability,
        "uuid": "an id",
        "model_version": 3,
    }
    explained = answered.answer(explain=True)
    assert set(explained) - set(body) == {"score", "baseline", "contributions"}
    total = explained["baseline"] + sum(explained["contributions"].values())
    assert total == pytest.approx(explained["score"], abs=1e-12)
    assert set(explained["contributions"]) == set(titanic.feature_columns)
    json.dumps(explained, allow_nan=False)


def test_a_regression_answers_a_value_inside_its_interval(flat_model: Model) -> None:
    answered = ask(FLATS, flat_model, FLAT)
    assert isinstance(flat_model.interval, Conformal)
    assert answered.probability is None
    value = float(answered.prediction)
    (half,) = flat_model.interval.half
    assert answered.interval == (value - half, value + half)
    body = answered.answer()
    assert body["interval_level"] == 0.9
    assert 1000 < body["prediction"] < 1600
    assert body["interval"][0] < body["prediction"] < body["interval"][1]
    assert "probability" not in body


def test_several_classes_have_probabilities_and_reasons_each(flower_model: Model) -> None:
    answered = ask(FLOWERS, flower_model, FLOWER)
    body = answered.answer(explain=True)
    assert body["prediction"] == "rose"
    assert list(body["probabilities"]) == ["aster", "poppy", "rose"]
    assert sum(body["probabilities"].values()) == pytest.approx(1)
    assert body["probability"] == max(body["probabilities"].values())
    assert body["probability"] == body["probabilities"]["rose"]
    reasons = {name: body[name] for name in ("score", "baseline", "contributions")}
    assert body["classes"]["rose"] == reasons
    assert set(reasons["contributions"]) == {"leaf", "colour", "soil"}
    odds = np.exp([body["classes"][name]["score"] for name in body["probabilities"]])
    assert list(body["probabilities"].values()) == pytest.approx(list(odds / odds.sum()))
    assert set(answered.answer()) == {
        "prediction", "probability", "probabilities", "uuid", "model_version",
    }  # fmt: skip


def test_a_class_of_two_words_is_answered_by_its_word(
    titanic: Problem, titanic_model: Model
) -> None:
    words = replace(titanic_model, classes=("no", "yes"))
    assert ask(titanic, words, WOMAN).prediction == "yes"
    assert ask(titanic, words, MAN).prediction == "no"


def test_a_logarithmic_answer_has_factors_and_amounts(flat_rows: pd.DataFrame) -> None:
    problem = replace(FLATS, target_transform="log", target_decimals=0)
    answered = ask(problem, train(problem, flat_rows), FLAT)
    body = answered.answer(explain=True)
    assert body["baseline_amount"] + sum(body["amounts"].values()) == body["prediction"]
    product = math.exp(body["baseline"]) * math.prod(body["factors"].values())
    assert round(product) == body["prediction"]
    assert all(amount == round(amount) for amount in body["amounts"].values())
    assert set(body["amounts"]) == set(body["factors"]) == set(body["contributions"])
    low, high = body["interval"]
    assert 0 < low < body["prediction"] < high
    assert body["prediction"] - low < high - body["prediction"]
    stored = json.loads(answered.stored())
    assert (stored["interval_low"], stored["interval_high"]) == (low, high)
    json.dumps(body, allow_nan=False)


def test_an_interval_never_leaves_the_declared_minimum(flat_model: Model) -> None:
    wide = replace(flat_model, interval=Conformal((1e6,), (0.9,)))
    answered = ask(FLATS, wide, FLAT)
    assert answered.interval is not None
    assert answered.interval[0] == 1


def test_the_stored_row_has_the_columns_of_its_table(
    titanic: Problem, titanic_model: Model, flat_model: Model
) -> None:
    for problem, model, request in ((titanic, titanic_model, MAN), (FLATS, flat_model, FLAT)):
        row = json.loads(ask(problem, model, request).stored())
        fields = predictions_data(problem).fields
        assert list(row) == [field.name for field in fields]
        types: dict[str, type | tuple[type, ...]] = {
            "INT64": int,
            "FLOAT64": (int, float),
            "STRING": str,
            "TIMESTAMP": str,
        }
        for field in fields:
            if row[field.name] is None:
                assert field.mode == "NULLABLE"
            else:
                assert isinstance(row[field.name], types[field.type])


def test_the_stored_row_holds_parsed_values(titanic: Problem, titanic_model: Model) -> None:
    row = json.loads(ask(titanic, titanic_model, MAN).stored())
    assert (row["Pclass"], row["Age"], row["Name"]) == (3, 40.0, None)
    assert row["requested_at"] == "2026-01-02T03:04:05+00:00"


def test_an_invalid_request_has_no_answer(titanic: Problem, titanic_model: Model) -> None:
    with pytest.raises(RequestInvalid):
        ask(titanic, titanic_model, {**WOMAN, "Pclass": 4})
