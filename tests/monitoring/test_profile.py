"""The profile of a training: its bins, what they hold, and how large it may become."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.invented_flowers import PROBLEM as FLOWERS
from tests.monitoring.sales import sales, sales_records
from tests.sales_problem import SALES
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.small.left_out import as_records
from titanic_mlops.learning.tasks import Answer
from titanic_mlops.learning.training import train
from titanic_mlops.monitoring.bins import LEAST_SHARE, facets_of
from titanic_mlops.monitoring.drift import drift_of
from titanic_mlops.monitoring.facets import Facet
from titanic_mlops.monitoring.profile import CLASS, MAX_BYTES, SCORE, Profile, profile_of
from titanic_mlops.monitoring.training_profile import training_profile
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import OneHot, Problem
from titanic_mlops.rules.split import TEST, TRAIN, split_of
from titanic_mlops.rules.values import read_text

DATASET = Path(__file__).parents[2] / "dataset"
MAX_BINS = 50


def rows_of(problem: Problem, most: int) -> pd.DataFrame:
    """Return the first rows of a problem's table as a snapshot holds them."""
    with (DATASET / f"{problem.name}.csv").open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))[:most]
    records = [
        {
            c.name: read_text(c, row.get(c.file_name, ""), may_be_absent=True)
            for c in problem.columns
        }
        for row in told
    ]
    rows = pd.DataFrame(records, dtype=object)
    keys = rows[problem.split_column] if problem.split_column else range(len(rows))
    rows["split"] = [split_of(problem.name, key) for key in keys]
    rows["record_id"] = [str(number) for number in range(len(rows))]
    return rows


@pytest.mark.parametrize("name", ["titanic", "diamonds", "movies", "salary"])
def test_every_declared_problem_has_a_profile(name: str) -> None:
    """It survives JSON, counts every row once in each facet, and does not drift from itself."""
    problem = load_problem(name)
    rows = rows_of(problem, 900)
    profile = training_profile(problem, train(problem, rows), rows)
    assert Profile.from_json(json.loads(json.dumps(profile.to_json()))) == profile
    assert {facet.column for facet in profile.features} == set(problem.feature_columns)
    assert not profile.left_out
    for facet in profile.facets:
        n = profile.score_rows if facet in profile.scores else profile.rows
        assert sum(facet.counts) == n
        assert len(facet.counts) == facet.bins < MAX_BINS
    itself = drift_of(profile, [np.array(facet.counts) for facet in profile.facets])
    assert itself.status in ("ok", "insufficient_data")
    assert {facet.psi for facet in itself.facets} == {0.0}


def test_every_word_of_a_declaration_has_a_profile() -> None:
    rows = sales(900, seed=3)
    profile = training_profile(SALES, train(SALES, rows), rows)
    assert Profile.from_json(json.loads(json.dumps(profile.to_json()))) == profile
    assert {facet.column for facet in profile.features} == set(SALES.feature_columns)
    optional = {facet.column for facet in profile.features if facet.optional}
    assert optional == {"paid", "uses", "remark"}


def test_the_score_is_counted_on_rows_that_were_not_learned(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    profile = training_profile(titanic, titanic_model, titanic_rows)
    assert profile.rows == len(titanic_rows)
    assert profile.score_rows == (titanic_rows["split"] != TRAIN).sum()
    held = (titanic_rows["split"] == TEST).sum()
    error = profile.figures["accuracy"].error
    p = profile.figures["accuracy"].value
    assert error == pytest.approx(np.sqrt(p * (1 - p) / (held - 1)))


def test_a_small_tables_score_is_counted_left_out() -> None:
    """A model that learned all rows would answer them better than rows left out."""
    salary = load_problem("salary")
    rows = rows_of(salary, 30)
    model = train(salary, rows)
    profile = training_profile(salary, model, rows)
    assert profile.score_rows == len(rows)
    errors = np.abs(model.outputs(as_records(rows)) - rows["Salary"].astype(float))
    assert profile.figures["mae"].value > errors.mean()
    assert profile.figures["coverage"].value > 0.8


def test_several_classes_have_a_facet_of_the_class(
    flower_rows: pd.DataFrame, flower_model: Model
) -> None:
    profile = training_profile(FLOWERS, flower_model, flower_rows)
    assert [facet.name for facet in profile.scores] == [SCORE, CLASS]


@pytest.mark.parametrize("personal", [True, False])
def test_no_value_of_a_personal_column_is_on_the_card(personal: bool) -> None:  # noqa: FBT001
    """Neither words nor the least number: of a text its length, else whether it is there."""
    levels = replace(SALES, features=(*SALES.features, OneHot("remark")))
    found = {}
    for name in ("remark", "turnover", "sold", "colours"):
        column = replace(SALES.by_name[name], personal=personal)
        values = [record[name] for record in sales_records(sales(300, seed=3))]
        facets = facets_of(levels, column, values)
        found[name] = [(facet.kind, bool(facet.groups or facet.edges)) for facet in facets]
    if personal:
        nothing = [("category", False)]
        assert found == {
            "remark": [("length", True)],
            **dict.fromkeys(("turnover", "sold", "colours"), nothing),
        }
    else:
        assert found["remark"] == [("category", True)]
        assert all(shown for facets in found.values() for _, shown in facets)


def test_bins_hold_a_share_of_the_rows() -> None:
    """Nearly empty bins would make the statistic jump: rare numbers and levels share one."""
    draw = np.random.default_rng(1)
    numbers = [float(one) for one in draw.poisson(0.5, 2000)]
    (facet,) = facets_of(SALES, SALES.by_name["turnover"], numbers)
    assert min(count for count in facet.counts if count) >= LEAST_SHARE * len(numbers)
    sizes = ["S"] * 500 + ["M"] * 480 + ["L"] * 20
    (facet,) = facets_of(SALES, SALES.by_name["size"], [*sizes])
    assert facet.groups == (("S",), ("M", "L"))


def test_a_value_has_its_place() -> None:
    number = Facet("x", "x", "number", edges=(0.0, 1.0, 2.0))
    assert [number.place(one) for one in (None, -1, 0, 0.5, 1, 2, 2.5)] == [0, 1, 2, 2, 3, 3, 4]
    level = Facet("x", "x", "category", groups=(("a", "b"), ("c",)))
    assert [level.place(one) for one in (None, "a", "b", "c", "d")] == [0, 1, 1, 2, 3]
    member = Facet("x=a", "x", "member", groups=(("a",),), separator="|")
    assert [member.place(one) for one in (None, "b|ab", "b|a")] == [0, 1, 2]


def test_a_column_without_values_has_a_profile() -> None:
    (facet,) = facets_of(SALES, SALES.by_name["turnover"], [None] * 50)
    assert (facet.counts, facet.place(3.0)) == ((50, 0), 1)


def test_a_profile_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is named; the score always fits."""
    monkeypatch.setattr("titanic_mlops.monitoring.profile.MAX_BYTES", 1500)
    answers = [Answer("no", probability=p) for p in np.linspace(0, 1, 300)]
    profile = profile_of(SALES, sales_records(sales(300, seed=1)), answers, {})
    assert len(json.dumps(profile.to_json())) <= 1500
    assert profile.scores
    left = set(SALES.feature_columns) - {facet.column for facet in profile.features}
    assert left == set(profile.left_out)
    assert MAX_BYTES == 128 * 1024


def test_a_card_without_a_profile_has_none() -> None:
    assert Profile.from_json({}) is None


def test_of_many_rows_evenly_spaced_ones_are_counted(
    titanic: Problem,
    titanic_rows: pd.DataFrame,
    titanic_model: Model,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("titanic_mlops.monitoring.training_profile.MAX_ROWS", 250)
    profile = training_profile(titanic, titanic_model, titanic_rows)
    assert profile.rows == len(titanic_rows.iloc[::4])
    assert 125 < profile.score_rows <= 250
