"""Small tables: a linear model of all rows, judged by leaving out each split group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.invented_problem import PROBLEM as FLATS
from tests.invented_rows import flats
from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning.exams import Rival, Rivals
from titanic_mlops.learning.gate import judge
from titanic_mlops.learning.intervals import JackknifePlus
from titanic_mlops.learning.model import Linear, Model
from titanic_mlops.learning.small import figures_left_out
from titanic_mlops.learning.small.left_out import LeftOut, Origin, as_records, origins_of, rows_of
from titanic_mlops.learning.small.weights import fit_weights
from titanic_mlops.learning.training import train
from titanic_mlops.problems.base import Numeric, Problem

LINE = replace(FLATS, features=(Numeric("area"),), slices=())


def some(rows: int, seed: int = 1) -> pd.DataFrame:
    return flats(400, seed=seed).iloc[:rows]


def rivals(model: Model, rows: pd.DataFrame) -> Rivals:
    return Rivals(Rival("version 1", model, rows))


def test_weights_are_those_of_least_squares() -> None:
    rows = some(30)
    model = train(LINE, rows)
    slope, start = np.polyfit(rows["area"].astype(np.float32).astype(float), rows["rent"], 1)
    assert isinstance(model.scorer, Linear)
    assert model.scorer.weight[0] == pytest.approx([slope, 0.0])
    assert model.score({"area": 50.0}) == pytest.approx(start + 50 * slope)
    (reasons,) = model.explain({"area": 50.0})
    assert reasons.score == pytest.approx(reasons.baseline + sum(reasons.contributions.values()))
    assert reasons.baseline == pytest.approx(rows["rent"].mean())


def test_many_inputs_are_shrunk() -> None:
    """Least squares on 20 inputs of 24 rows is far off; the ridge is nearer to the truth."""
    rng = np.random.default_rng(0)
    inputs, fresh = rng.normal(size=(24, 20)), rng.normal(size=(500, 20))
    labels = inputs[:, 0] + rng.normal(size=24)
    exact, *_ = np.linalg.lstsq(inputs - inputs.mean(axis=0), labels - labels.mean(), rcond=None)
    ours = fit_weights(inputs, labels, 0).scores(fresh).ravel() - fresh[:, 0]
    theirs = (fresh - inputs.mean(axis=0)) @ exact + labels.mean() - fresh[:, 0]
    assert (ours**2).mean() < 0.7 * (theirs**2).mean()


def test_no_row_is_scored_by_weights_that_learned_its_house() -> None:
    rows = some(40).assign(house=[f"house {i // 4}" for i in range(40)])
    model = train(LINE, rows)
    outside = LeftOut(model, rows_of(LINE, model, rows), origins_of(LINE, rows))
    found = outside.scores(as_records(rows))
    for house, group in rows.groupby("house"):
        others = rows[rows["house"] != house]
        x = others["area"].astype(np.float32).astype(float)
        slope, start = np.polyfit(x, others["rent"], 1)
        inside = (rows["house"] == house).to_numpy()
        expected = start + slope * group["area"].to_numpy()
        assert found[inside] == pytest.approx(expected, rel=1e-5)


def test_a_record_that_moved_to_another_house_is_left_out_as_well() -> None:
    rows = some(30)
    chosen = rows_of(LINE, train(LINE, rows), rows)
    first = chosen.origins[0]
    mask = chosen.others(Origin(first.record, "a house of its own"))
    assert not mask[0]
    assert mask[1:].all()


def test_the_interval_is_that_of_the_jackknife() -> None:
    rows = some(30)
    model = train(LINE, rows)
    assert isinstance(model.interval, JackknifePlus)
    assert model.interval.level == 0.9
    assert Model.from_bytes(*model.to_bytes()).to_bytes() == model.to_bytes()
    assert train(LINE, rows).to_bytes() == model.to_bytes()
    inside = []
    for record in as_records(flats(400, seed=2)):
        band = model.band(record, model.score(record))
        assert band is not None
        inside.append(band.low <= float(record["rent"] or 0) <= band.high)
    assert 0.75 < np.mean(inside) < 1


def test_the_model_says_how_it_was_judged() -> None:
    rows = some(30)
    model = train(FLATS, rows)
    assert not model.has_holdout
    assert model.fitting["judged"].startswith("each of ")
    assert model.fitting["interval"] == "jackknife+"
    assert figures_left_out(FLATS, model, rows)["mae"] < 200


def test_a_table_that_grows_is_compared_with_its_champion() -> None:
    verdict, known = None, None
    steep = some(120)
    steep = steep.assign(rent=steep["rent"] / 10 + 10 * steep["area"])
    for rows in (steep.iloc[:10], steep.iloc[:15], steep.iloc[:40], steep):
        model = train(LINE, rows)
        verdict = judge(LINE, model, rows, known)
        assert verdict.promoted, verdict.sentence
        assert f"on {len(rows)} rows, each left out once" in verdict.sentence
        known = rivals(model, rows)
    assert verdict is not None
    assert any(check.name.startswith("version 1, whole") for check in verdict.checks)


def test_inverted_labels_do_not_replace_the_champion() -> None:
    """The new file brings other labels for known rows, and 30 more rows like them."""
    rows = some(60)
    inverted = rows.assign(rent=3000 - rows["rent"])
    model, spoiled = train(LINE, rows.iloc[:30]), train(LINE, inverted)
    verdict = judge(LINE, spoiled, inverted, rivals(model, rows.iloc[:30]))
    assert not verdict.promoted
    failed = {check.name for check in verdict.checks if not check.passed}
    assert "version 1, whole: absolute error" in failed


def test_shuffled_labels_fail_the_floor() -> None:
    rng = np.random.default_rng(0)
    promoted = 0
    for seed in range(20):
        rows = some(30, seed=seed)
        shuffled = rows.assign(rent=rng.permutation(rows["rent"]))
        promoted += judge(LINE, train(LINE, shuffled), shuffled).promoted
    assert promoted == 0


def test_a_grown_tables_champion_is_fitted_on_train_alone() -> None:
    """In the rows of TEST the small champion knows the answers: without them it may lose."""
    small, grown = flats(200, seed=5), flats(1500, seed=5)
    memorised = train(LINE, small)
    verdict = judge(FLATS, train(FLATS, grown), grown, rivals(memorised, small))
    assert verdict.promoted, verdict.sentence
    assert verdict.champion_metrics is not None


def test_trees_are_not_compared_on_few_rows(flat_model: Model, flat_rows: pd.DataFrame) -> None:
    rows = some(40)
    verdict = judge(FLATS, train(FLATS, rows), rows, rivals(flat_model, flat_rows))
    assert verdict.person_decides
    assert "version 1 has trees" in verdict.sentence


@pytest.mark.parametrize(("rows", "found"), [(9, "9 labelled rows"), (0, "0 labelled rows")])
def test_under_ten_rows_are_refused(rows: int, found: str) -> None:
    with pytest.raises(TrainingRefused, match=f"has {found}; at least 10 are needed"):
        train(LINE, some(rows))


def test_one_house_is_refused() -> None:
    with pytest.raises(TrainingRefused, match="has 1 values of house"):
        train(LINE, some(30).assign(house="one"))


def test_a_constant_rent_is_refused() -> None:
    with pytest.raises(TrainingRefused, match="rent has only one value"):
        train(LINE, some(30).assign(rent=900.0))


def test_under_ten_of_a_class_are_refused(titanic: Problem, titanic_rows: pd.DataFrame) -> None:
    dead = titanic_rows[titanic_rows["Survived"] == 0]
    survived = titanic_rows[titanic_rows["Survived"] == 1]
    with pytest.raises(TrainingRefused, match="has 9 rows with Survived 1; at least 10"):
        train(titanic, pd.concat([dead.iloc[:50], survived.iloc[:9]]))


def test_a_small_classification_is_learned_and_judged(
    titanic: Problem, titanic_rows: pd.DataFrame
) -> None:
    rows = titanic_rows.iloc[:150]
    model = train(titanic, rows)
    verdict = judge(titanic, model, rows)
    assert verdict.promoted, verdict.sentence
    assert verdict.sentence.startswith("The challenger becomes the first champion: AUC 0.8")
    again = judge(titanic, model, rows, rivals(model, rows))
    assert again.promoted
    assert model.interval is None
