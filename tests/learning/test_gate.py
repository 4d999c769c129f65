from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.invented_problem import PROBLEM as FLATS
from tests.learning.scorers import trees_of, with_arrays
from titanic_mlops.learning import gate
from titanic_mlops.learning.exams import Rival, Rivals, new_exam, own_exam, todays_exam
from titanic_mlops.learning.gate import figures, judge
from titanic_mlops.learning.holdout import View, edge_records, views
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


def rival(model: Model, rows: pd.DataFrame, version: int = 4) -> Rival:
    return Rival(f"version {version}", model, rows)


def inverted(rows: pd.DataFrame, chosen: pd.Series | None = None) -> pd.DataFrame:
    """Return rows with the other label, all of them or the chosen ones."""
    changed = rows.copy()
    which = pd.Series(data=True, index=rows.index) if chosen is None else chosen
    changed.loc[which, "Survived"] = 1 - changed.loc[which, "Survived"]
    return changed


def under_new_keys(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(PassengerId=rows["PassengerId"] + 5000)


def test_a_first_model_is_judged_by_floors_alone(
    titanic: Problem, titanic_model: Model, titanic_rows: pd.DataFrame
) -> None:
    verdict = judge(titanic, titanic_model, titanic_rows)
    assert verdict.promoted
    assert [check.name for check in verdict.checks] == [
        f"{name}: {rule}"
        for name in ("whole", "reduced")
        for rule in ("AUC floor", "log loss floor")
    ]
    assert verdict.champion_metrics is None
    assert verdict.rows == 198
    assert verdict.sentence.startswith("The challenger becomes the first champion: AUC 0.")
    assert verdict.sentence.endswith("on 198 held-out rows, above every floor.")
    assert "without Name, Ticket and Cabin" in verdict.sentence


def test_an_equal_model_replaces_the_champion(
    titanic: Problem, titanic_model: Model, titanic_rows: pd.DataFrame
) -> None:
    again = Model.from_bytes(*titanic_model.to_bytes())
    verdict = judge(titanic, again, titanic_rows, Rivals(rival(titanic_model, titanic_rows)))
    assert verdict.promoted
    assert verdict.sentence.startswith("The challenger replaces version 4: AUC 0.")
    assert verdict.metrics == verdict.champion_metrics
    assert not verdict.replaces_anchor


def test_both_exams_are_held_whole_and_reduced(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    other = train(titanic, titanic_rows, seed=1)
    champion = rival(other, titanic_rows)
    verdict = judge(titanic, titanic_model, titanic_rows, Rivals(champion))
    assert verdict.metrics == judge(titanic, titanic_model, titanic_rows).metrics
    assert verdict.champion_metrics == judge(titanic, other, titanic_rows).metrics
    assert verdict.metrics is not None
    assert set(verdict.metrics) == {"whole", "reduced"}
    names = {check.name for check in verdict.checks}
    assert {f"version 4, {view}: AUC" for view in ("whole", "reduced")} <= names


@pytest.mark.parametrize("share", [1.0, 0.3], ids=["shuffled labels", "30 % flipped"])
def test_a_model_of_spoiled_labels_is_rejected(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model, share: float
) -> None:
    spoiled = trained_on(titanic, titanic_rows, share)
    verdict = judge(titanic, spoiled, titanic_rows, Rivals(rival(titanic_model, titanic_rows)))
    assert not verdict.promoted
    failed = [check for check in verdict.checks if not check.passed]
    assert verdict.sentence.startswith(
        f"The challenger is rejected by the gate: {failed[0].words} "
    )
    assert f"{len(failed) - 1} more of {len(verdict.checks)} checks failed" in verdict.sentence


def test_inverted_labels_of_known_rows_are_contradicted(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    """The old exam, today's labels alone, promoted this challenger: AUC 0.8 against 0.2."""
    rows = inverted(titanic_rows)
    verdict = judge(titanic, train(titanic, rows), rows, Rivals(rival(titanic_model, titanic_rows)))
    assert (verdict.promoted, verdict.person_decides) == (False, True)
    assert verdict.sentence.startswith(
        "The challenger is rejected by the gate: it is better on 198 new rows (AUC 0.8"
    )
    assert "on 198 rows that version 4 was judged on" in verdict.sentence
    assert "the world has changed, or labels of new files are wrong" in verdict.sentence
    assert verdict.sentence.endswith("a person decides, with `titanic-mlops models promote`.")


def test_known_answers_replace_those_of_a_newer_file(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    swapped = titanic_rows.assign(Age=50.0).pipe(inverted)
    verdict = judge(titanic, titanic_model, swapped, Rivals(rival(titanic_model, titanic_rows)))
    assert verdict.promoted
    assert verdict.metrics == judge(titanic, titanic_model, titanic_rows).metrics


def test_new_keys_aimed_at_the_holdout_decide_nothing(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    aimed = pd.concat([titanic_rows, under_new_keys(inverted(titanic_rows))], ignore_index=True)
    spoiled = train(titanic, inverted(titanic_rows))
    verdict = judge(titanic, spoiled, aimed, Rivals(rival(titanic_model, titanic_rows)))
    failed = {check.name for check in verdict.checks if not check.passed}
    assert not verdict.promoted
    assert "version 4, whole: AUC" in failed


def test_a_row_of_a_revoked_file_judges_no_model(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    held_out = titanic_rows.index[titanic_rows["split"] == TEST]
    revoked = titanic_rows.assign(file_id="good", label_file_id="good")
    revoked.loc[held_out[:50], "label_file_id"] = "bad"
    revoked.loc[held_out[50:60], "file_id"] = "bad"
    champion = rival(titanic_model, revoked)
    for ids, left in ((frozenset[str](), 198), (frozenset({"bad"}), 138)):
        assert len(own_exam(titanic, titanic_rows, champion, ids).records) == left
        assert len(todays_exam(titanic, revoked, champion, ids).records) == left
        verdict = judge(titanic, titanic_model, revoked, Rivals(champion), revoked=ids)
        assert (verdict.promoted, verdict.rows) == (True, left)


def test_todays_row_judges_where_the_known_one_is_revoked(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    bad = inverted(titanic_rows).assign(file_id="bad")
    good = titanic_rows.assign(file_id="good")
    found = todays_exam(titanic, good, rival(titanic_model, bad), frozenset({"bad"}))
    assert [r["Survived"] for r in found.records] == [r["Survived"] for r in records_of(good, TEST)]


def test_too_few_rows_leave_the_decision_to_a_person(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    rows = titanic_rows.assign(file_id="bad")
    rows.loc[rows.index[rows["split"] == TEST][:12], "file_id"] = "good"
    champion, ids = rival(titanic_model, rows), frozenset({"bad"})
    verdict = judge(titanic, titanic_model, titanic_rows, Rivals(champion), revoked=ids)
    assert (verdict.promoted, verdict.person_decides) == (False, True)
    assert "only 12 rows that version 4 was judged on are left" in verdict.sentence
    assert "at least 10 of each class" in verdict.sentence
    verdict = judge(titanic, titanic_model, rows, Rivals(champion), revoked=ids)
    assert "only 12 held-out rows are left" in verdict.sentence


def test_the_anchors_rows_stand_in_for_revoked_ones(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    """The champion learned from a poisoned file; the file is revoked and the anchor's rows stay."""
    good, bad = titanic_rows.assign(file_id="good"), inverted(titanic_rows).assign(file_id="bad")
    champion = rival(train(titanic, bad), bad, version=2)
    anchor = rival(titanic_model, good, version=1)
    ids = frozenset({"bad"})
    assert judge(titanic, titanic_model, good, Rivals(champion, anchor), revoked=ids).promoted
    assert not judge(titanic, champion.model, good, Rivals(anchor), revoked=ids).promoted


def test_an_earlier_champions_rows_stand_in_for_revoked_ones(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    """A person promoted the model of a poisoned file: champion and anchor are the same."""
    good, bad = titanic_rows.assign(file_id="good"), inverted(titanic_rows).assign(file_id="bad")
    champion = rival(train(titanic, bad), bad, version=2)
    rivals = Rivals(champion, champion, [rival(titanic_model, good, version=1)])
    ids = frozenset({"bad"})
    verdict = judge(titanic, titanic_model, good, rivals, revoked=ids)
    assert (verdict.promoted, verdict.replaces_anchor) == (True, True)
    spoiled = trained_on(titanic, titanic_rows, 1.0)
    assert not judge(titanic, spoiled, good, rivals, revoked=ids).promoted


def test_with_everything_revoked_the_next_model_is_like_a_first(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    bad = inverted(titanic_rows).assign(file_id="bad")
    rivals, ids = Rivals(rival(train(titanic, bad), bad)), frozenset({"bad"})
    verdict = judge(titanic, titanic_model, titanic_rows, rivals, revoked=ids)
    assert (verdict.promoted, verdict.replaces_anchor) == (True, True)
    floored = trained_on(titanic, titanic_rows, 1.0)
    assert not judge(titanic, floored, titanic_rows, rivals, revoked=ids).promoted


def test_records_that_a_model_was_fitted_on_do_not_judge_it(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    moved = titanic_rows.copy()
    moved.loc[moved.index[moved["split"] == TEST][:20], "split"] = TRAIN
    champion = rival(titanic_model, titanic_rows)
    none = frozenset[str]()
    assert len(own_exam(titanic, moved, champion, none).records) == 178
    back = rival(titanic_model, moved)
    assert len(todays_exam(titanic, titanic_rows, back, none).records) == 178


def test_a_column_that_a_snapshot_lacks_is_todays(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    champion = rival(titanic_model, titanic_rows.drop(columns="Fare"))
    for exam in (todays_exam, own_exam):
        found = exam(titanic, titanic_rows, champion, frozenset())
        assert [r["Fare"] for r in found.records] == [
            r["Fare"] for r in records_of(titanic_rows, TEST)
        ]


def test_a_row_is_told_apart_by_its_record_id(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    named = titanic_rows.assign(record_id=titanic_rows["PassengerId"].astype(str))
    renamed = titanic_rows.assign(record_id=[f"r{n}" for n in range(len(titanic_rows))])
    for rows, new in ((named, 0), (renamed, 198)):
        champion = rival(titanic_model, titanic_rows)
        assert len(new_exam(titanic, rows, champion, frozenset()).records) == new


def test_rows_that_the_champion_was_fitted_on_are_not_new(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    champion = rival(titanic_model, titanic_rows.assign(split=TRAIN))
    assert new_exam(titanic, titanic_rows, champion, frozenset()).records == ()


def test_an_anchor_stops_what_the_champion_lets_pass(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    weak = trained_on(titanic, titanic_rows, 0.3)
    champion = rival(weak, titanic_rows, version=2)
    anchor = rival(titanic_model, titanic_rows, version=1)
    assert judge(titanic, weak, titanic_rows, Rivals(champion)).promoted
    verdict = judge(titanic, weak, titanic_rows, Rivals(champion, anchor))
    assert not verdict.promoted
    assert "on 198 rows that version 1 was judged on" in verdict.sentence


def test_only_a_proven_gain_replaces_the_anchor(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    weak = rival(trained_on(titanic, titanic_rows, 0.3), titanic_rows, version=1)
    assert judge(titanic, titanic_model, titanic_rows, Rivals(weak)).replaces_anchor
    other = rival(train(titanic, titanic_rows, seed=1), titanic_rows, version=2)
    verdict = judge(titanic, titanic_model, titanic_rows, Rivals(other))
    assert (verdict.promoted, verdict.replaces_anchor) == (True, False)


def test_shuffled_labels_fail_the_floors(titanic: Problem, titanic_rows: pd.DataFrame) -> None:
    assert not judge(titanic, trained_on(titanic, titanic_rows, 1.0), titanic_rows).promoted


def test_a_model_without_its_strongest_column_is_rejected(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    features = tuple(f for f in titanic.features if f.column not in ("Sex", "Name"))
    crippled = train(replace(titanic, features=features), titanic_rows)
    verdict = judge(titanic, crippled, titanic_rows, Rivals(rival(titanic_model, titanic_rows)))
    assert not verdict.promoted
    assert "AUC" in verdict.sentence


def test_a_model_that_needs_optional_columns_fails_the_reduced_view(
    titanic: Problem, titanic_rows: pd.DataFrame
) -> None:
    features = tuple(f for f in titanic.features if f.column == "Name")
    needy = train(replace(titanic, features=features), titanic_rows)
    verdict = judge(titanic, needy, titanic_rows)
    failed = {check.name for check in verdict.checks if not check.passed}
    assert failed == {"reduced: AUC floor", "reduced: log loss floor"}
    assert "without Name, Ticket and Cabin is 0.500, not above the 0.500" in verdict.sentence


def test_scores_that_are_not_finite_are_rejected(
    titanic: Problem, titanic_model: Model, titanic_rows: pd.DataFrame
) -> None:
    for value in (np.nan, np.inf):
        broken = with_arrays(
            titanic_model, value=np.full_like(trees_of(titanic_model).value, value)
        )
        verdict = judge(titanic, broken, titanic_rows, Rivals(rival(titanic_model, titanic_rows)))
        assert not verdict.promoted
        assert verdict.sentence == (
            "The challenger is rejected by the gate: some of its scores are not finite numbers."
        )


def test_edge_records_reveal_infinite_scores_beyond_the_holdout(
    titanic: Problem,
    titanic_model: Model,
    titanic_rows: pd.DataFrame,
    titanic_holdout: list[Record],
) -> None:
    fare = titanic_model.encoder.input_names.index("Fare")
    trees = trees_of(titanic_model)
    feature, threshold, value = trees.feature.copy(), trees.threshold.copy(), trees.value.copy()
    feature[0], threshold[0] = fare, -np.inf
    threshold[0, 0] = 600  # no fare of the table is higher; a request may be
    value[0], value[0, 0] = 0, np.inf
    broken = with_arrays(titanic_model, feature=feature, threshold=threshold, value=value)
    assert np.isfinite(broken.scores(titanic_holdout)).all()
    assert "not finite numbers" in judge(titanic, broken, titanic_rows).sentence


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
    titanic: Problem, titanic_model: Model, titanic_rows: pd.DataFrame
) -> None:
    for champion in (None, Rivals(rival(titanic_model, titanic_rows))):
        verdict = judge(titanic, titanic_model, titanic_rows, champion)
        assert json.loads(json.dumps(verdict.to_json())) == verdict.to_json()


def test_a_regression_is_judged_whole_and_reduced(
    flat_rows: pd.DataFrame, flat_model: Model
) -> None:
    champion = rival(flat_model, flat_rows)
    first = judge(FLATS, flat_model, flat_rows)
    assert first.promoted
    assert "mean absolute error" in first.sentence
    assert judge(FLATS, flat_model, flat_rows, Rivals(champion)).promoted
    noise = np.random.default_rng(0).permutation(flat_rows["rent"])
    spoiled = train(FLATS, flat_rows.assign(rent=noise))
    verdict = judge(FLATS, spoiled, flat_rows, Rivals(champion))
    assert not verdict.promoted
    failed = {check.name for check in verdict.checks if not check.passed}
    assert {"whole: error floor", "reduced: error ratio"} <= failed
    assert "version 4, whole: absolute error" in failed
    assert json.loads(json.dumps(verdict.to_json())) == verdict.to_json()


def test_the_figures_of_a_card_tell_both_views_apart(
    titanic: Problem,
    titanic_model: Model,
    titanic_rows: pd.DataFrame,
    titanic_holdout: list[Record],
) -> None:
    found = figures(titanic, titanic_model, titanic_holdout)
    metrics = judge(titanic, titanic_model, titanic_rows).metrics
    assert metrics is not None
    assert found["auc"] == metrics["whole"]["auc"]
    assert found["auc_reduced"] == metrics["reduced"]["auc"]
    assert len(found) == 10


def test_rows_of_one_class_have_no_figures(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    survivors = [record for record in titanic_holdout if record["Survived"] == 1]
    assert figures(titanic, titanic_model, survivors) == {}


def test_a_gain_in_one_view_does_not_replace_the_anchor(
    titanic: Problem,
    titanic_rows: pd.DataFrame,
    titanic_model: Model,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the optional columns the anchor is made as good as the challenger."""

    def equal_when_reduced(*asked: Any) -> tuple[View, ...]:  # noqa: ANN401 passed on
        whole, reduced = views(*asked)
        return whole, replace(reduced, champion=reduced.challenger)

    anchor = rival(trained_on(titanic, titanic_rows, 0.3), titanic_rows, version=1)
    monkeypatch.setattr(gate, "views", equal_when_reduced)
    verdict = judge(titanic, titanic_model, titanic_rows, Rivals(anchor))
    assert (verdict.promoted, verdict.replaces_anchor) == (True, False)
