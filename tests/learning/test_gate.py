from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.learning.gate import figures, judge
from titanic_mlops.learning.holdout import edge_records, views
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import records_of, train
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN


def trained_on(titanic: Problem, rows: pd.DataFrame, share: float) -> Model:
    """Return a model whose training labels are permuted (`share` 1) or flipped in part."""
    changed, rng = rows.copy(), np.random.default_rng(6)
    training = np.flatnonzero(changed["split"] == TRAIN)
    labels = changed["Survived"].to_numpy(copy=True)
    if share == 1:
        labels[training] = rng.permutation(labels[training])
    else:
        flipped = rng.choice(training, int(share * len(training)), replace=False)
        labels[flipped] = 1 - labels[flipped]
    return train(titanic, changed.assign(Survived=labels))


def test_a_first_model_is_judged_by_floors_alone(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    verdict = judge(titanic, titanic_model, None, titanic_holdout)
    assert verdict.promoted
    assert [check.name for check in verdict.checks] == [
        f"{name}: {rule}"
        for name in ("whole", "reduced")
        for rule in ("AUC floor", "better than the majority")
    ]
    assert verdict.champion_metrics is None
    assert verdict.rows == 198
    assert verdict.sentence.startswith("The challenger becomes the first champion: AUC 0.")
    assert verdict.sentence.endswith("on 198 held-out rows, above every floor.")
    assert "without Name, Ticket and Cabin" in verdict.sentence


def test_an_equal_model_replaces_the_champion(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    again = Model.from_bytes(*titanic_model.to_bytes())
    verdict = judge(titanic, again, titanic_model, titanic_holdout, champion_name="version 4")
    assert verdict.promoted
    assert verdict.sentence.startswith("The challenger replaces version 4: AUC 0.")
    assert verdict.metrics == verdict.champion_metrics


def test_both_are_scored_on_the_same_rows_whole_and_reduced(
    titanic: Problem,
    titanic_rows: pd.DataFrame,
    titanic_model: Model,
    titanic_holdout: list[Record],
) -> None:
    other = train(titanic, titanic_rows, seed=1)
    verdict = judge(titanic, titanic_model, other, titanic_holdout)
    assert verdict.metrics == judge(titanic, titanic_model, None, titanic_holdout).metrics
    assert verdict.champion_metrics == judge(titanic, other, None, titanic_holdout).metrics
    assert verdict.metrics is not None
    assert set(verdict.metrics) == {"whole", "reduced"}
    reduced = [titanic.without_optional(record) for record in titanic_holdout]
    bare = judge(titanic, titanic_model, None, reduced)
    assert bare.metrics is not None
    assert bare.metrics["whole"] == bare.metrics["reduced"] == verdict.metrics["reduced"]


@pytest.mark.parametrize("share", [1.0, 0.3], ids=["shuffled labels", "30 % flipped"])
def test_a_model_of_spoiled_labels_is_rejected(
    titanic: Problem,
    titanic_rows: pd.DataFrame,
    titanic_model: Model,
    titanic_holdout: list[Record],
    share: float,
) -> None:
    spoiled = trained_on(titanic, titanic_rows, share)
    verdict = judge(titanic, spoiled, titanic_model, titanic_holdout)
    assert not verdict.promoted
    failed = [check for check in verdict.checks if not check.passed]
    assert verdict.sentence.startswith(
        f"The challenger is rejected by the gate: {failed[0].words} "
    )
    assert f"{len(failed) - 1} more of {len(verdict.checks)} checks failed" in verdict.sentence


def test_shuffled_labels_fail_the_floors(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_holdout: list[Record]
) -> None:
    assert not judge(
        titanic, trained_on(titanic, titanic_rows, 1.0), None, titanic_holdout
    ).promoted


def test_a_model_without_its_strongest_column_is_rejected(
    titanic: Problem,
    titanic_rows: pd.DataFrame,
    titanic_model: Model,
    titanic_holdout: list[Record],
) -> None:
    features = tuple(f for f in titanic.features if f.column not in ("Sex", "Name"))
    crippled = train(replace(titanic, features=features), titanic_rows)
    verdict = judge(titanic, crippled, titanic_model, titanic_holdout)
    assert not verdict.promoted
    assert "AUC" in verdict.sentence


def test_a_model_that_needs_optional_columns_fails_the_reduced_view(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_holdout: list[Record]
) -> None:
    features = tuple(f for f in titanic.features if f.column == "Name")
    needy = train(replace(titanic, features=features), titanic_rows)
    verdict = judge(titanic, needy, None, titanic_holdout)
    failed = {check.name for check in verdict.checks if not check.passed}
    assert failed == {"reduced: AUC floor", "reduced: better than the majority"}
    assert "without Name, Ticket and Cabin is 0.500, below the floor of 0.70" in verdict.sentence


def test_scores_that_are_not_finite_are_rejected(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    for value in (np.nan, np.inf):
        broken = replace(titanic_model, value=np.full_like(titanic_model.value, value))
        verdict = judge(titanic, broken, titanic_model, titanic_holdout)
        assert not verdict.promoted
        assert verdict.sentence == (
            "The challenger is rejected by the gate: some of its scores are not finite numbers."
        )


def test_edge_records_reveal_infinite_scores_beyond_the_holdout(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    fare = titanic_model.encoder.input_names.index("Fare")
    feature, threshold = titanic_model.feature.copy(), titanic_model.threshold.copy()
    value = titanic_model.value.copy()
    feature[0], threshold[0] = fare, -np.inf
    threshold[0, 0] = 600  # no fare of the table is higher; a request may be
    value[0], value[0, 0] = 0, np.inf
    broken = replace(titanic_model, feature=feature, threshold=threshold, value=value)
    assert np.isfinite(broken.scores(titanic_holdout)).all()
    assert "not finite numbers" in judge(titanic, broken, None, titanic_holdout).sentence


def test_edge_records_hold_required_lowest_and_highest_values(titanic: Problem) -> None:
    emptiest, lowest, highest = edge_records(titanic)
    assert set(emptiest) == {"Pclass", "Sex", "SibSp", "Parch"}
    assert (lowest["Age"], lowest["Sex"], lowest["Name"]) == (0, "female", "")
    assert (highest["Age"], highest["Sex"], highest["Name"]) == (120, "male", "x" * 200)


def of_class(records: list[Record], count: int) -> list[Record]:
    """Return the holdout with `count` passengers of the second class."""
    second = [record for record in records if record["Pclass"] == 2]
    assert len(second) > count
    return [*second[:count], *(record for record in records if record["Pclass"] != 2)]


def test_a_slice_needs_30_rows(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    def slices(count: int) -> dict[str, int]:
        whole, reduced = views(titanic, titanic_model, None, of_class(titanic_holdout, count))
        assert [n for n, _ in whole.slices] == [n for n, _ in reduced.slices]
        return {name: int(mask.sum()) for name, mask in whole.slices}

    assert slices(30)["Pclass=2"] == 30
    assert set(slices(29)) == {"Sex=female", "Sex=male", "Pclass=3"}


def test_a_verdict_survives_json(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    for champion in (None, titanic_model):
        verdict = judge(titanic, titanic_model, champion, titanic_holdout)
        assert json.loads(json.dumps(verdict.to_json())) == verdict.to_json()


def test_a_regression_is_judged_whole_and_reduced(
    flat_rows: pd.DataFrame, flat_model: Model
) -> None:
    holdout = records_of(flat_rows, TEST)
    first = judge(FLATS, flat_model, None, holdout)
    assert first.promoted
    assert "mean absolute error" in first.sentence
    assert judge(FLATS, flat_model, flat_model, holdout).promoted
    noise = np.random.default_rng(0).permutation(flat_rows["rent"])
    spoiled = train(FLATS, flat_rows.assign(rent=noise))
    verdict = judge(FLATS, spoiled, flat_model, holdout)
    assert not verdict.promoted
    failed = {check.name for check in verdict.checks if not check.passed}
    assert {"whole: error floor", "reduced: error ratio"} <= failed
    assert json.loads(json.dumps(verdict.to_json())) == verdict.to_json()


def test_the_figures_of_a_card_tell_both_views_apart(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    found = figures(titanic, titanic_model, titanic_holdout)
    metrics = judge(titanic, titanic_model, None, titanic_holdout).metrics
    assert metrics is not None
    assert found["auc"] == metrics["whole"]["auc"]
    assert found["auc_reduced"] == metrics["reduced"]["auc"]
    assert len(found) == 10


def test_rows_of_one_class_have_no_figures(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    survivors = [record for record in titanic_holdout if record["Survived"] == 1]
    assert figures(titanic, titanic_model, survivors) == {}
