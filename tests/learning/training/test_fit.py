from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from tests.invented_problem import PROBLEM as FLATS
from tests.invented_rows import flats
from titanic_mlops.learning.encoder import fit_encoder
from titanic_mlops.learning.intervals import Conformal
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.training import records_of, train
from titanic_mlops.learning.training.exact_trees import PARAMETERS
from titanic_mlops.learning.training.fit import SEED, export, fit
from titanic_mlops.learning.training.lesson import LEAST_LEAF_ROWS
from titanic_mlops.problems.base import IntervalBy, Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN, VALIDATION

PROCESS = """
from hashlib import sha256
import sys
import pandas as pd
from titanic_mlops.problems import load_problem
from titanic_mlops.learning.training import train
rows = pd.read_pickle(sys.argv[1])
print(sha256(b"".join(train(load_problem("titanic"), rows).to_bytes())).hexdigest())
"""


def test_the_same_rows_and_seed_give_the_same_bytes(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    assert train(titanic, titanic_rows).to_bytes() == titanic_model.to_bytes()


def test_another_hash_seed_gives_the_same_bytes(
    titanic_rows: pd.DataFrame, titanic_model: Model, tmp_path: object
) -> None:
    path = f"{tmp_path}/rows.pickle"
    titanic_rows.to_pickle(path)
    run = subprocess.run(
        [sys.executable, "-c", PROCESS, path],
        env={**os.environ, "PYTHONHASHSEED": "12345", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == sha256(b"".join(titanic_model.to_bytes())).hexdigest()


def test_another_seed_gives_another_model(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    other = train(titanic, titanic_rows, seed=SEED + 1)
    assert other.to_bytes()[0] != titanic_model.to_bytes()[0]


def test_the_frames_index_and_extra_columns_do_not_matter(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    rows = titanic_rows.assign(file_id="x", generation=3)
    rows.index = pd.RangeIndex(5000, 5000 + len(rows))
    assert train(titanic, rows).to_bytes() == titanic_model.to_bytes()


def test_the_position_of_rows_of_other_splits_does_not_matter(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    rows = titanic_rows.sort_values("split", kind="stable")
    assert train(titanic, rows).to_bytes() == titanic_model.to_bytes()


def test_the_order_of_training_rows_matters(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    """Subsampling draws positions; that is why a snapshot is sorted by key."""
    reversed_rows = titanic_rows.iloc[::-1]
    assert train(titanic, reversed_rows).to_bytes()[0] != titanic_model.to_bytes()[0]


def test_training_does_not_change_its_rows(titanic: Problem, titanic_rows: pd.DataFrame) -> None:
    before = titanic_rows.copy(deep=True)
    train(titanic, titanic_rows)
    pd.testing.assert_frame_equal(titanic_rows, before)


@pytest.mark.parametrize("split", [TEST, VALIDATION])
def test_a_classification_ignores_rows_outside_training(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model, split: str
) -> None:
    assert train(titanic, scrambled(titanic_rows, split)).to_bytes() == titanic_model.to_bytes()


def test_a_changed_training_label_changes_the_model(
    titanic: Problem, titanic_rows: pd.DataFrame, titanic_model: Model
) -> None:
    changed = titanic_rows.copy()
    first = changed.index[changed["split"] == TRAIN][0]
    changed.loc[first, "Survived"] = 1 - changed.loc[first, "Survived"]
    assert train(titanic, changed).to_bytes()[0] != titanic_model.to_bytes()[0]


def scrambled(rows: pd.DataFrame, split: str) -> pd.DataFrame:
    changed, chosen = rows.copy(), rows["split"] == split
    changed.loc[chosen, "Survived"] = 1 - changed.loc[chosen, "Survived"]
    changed.loc[chosen, ["Age", "Fare", "SibSp"]] = [119.0, 999.0, 10]
    changed.loc[chosen, "Name"] = "Unheard, Countess. Of"
    changed.loc[chosen, "Sex"] = "female"
    changed.loc[chosen, "Embarked"] = None
    return changed


def test_only_a_regressions_interval_depends_on_validation_rows(
    flat_rows: pd.DataFrame, flat_model: Model
) -> None:
    def with_other_rents(split: str) -> Model:
        rows = flat_rows.copy()
        rows.loc[rows["split"] == split, "rent"] *= 3
        return train(FLATS, rows)

    assert with_other_rents(TEST).to_bytes() == flat_model.to_bytes()
    other = with_other_rents(VALIDATION)
    assert other.to_bytes()[0] == flat_model.to_bytes()[0]
    assert other.interval != flat_model.interval


def test_the_interval_covers_90_percent_of_unseen_rows() -> None:
    model = train(FLATS, flats(5000, seed=98))
    fresh = flats(5000, seed=99)
    records = [r for split in (TRAIN, VALIDATION, TEST) for r in records_of(fresh, split)]
    errors = np.abs([float(r["rent"] or 0) for r in records] - model.scores(records))
    assert isinstance(model.interval, Conformal)
    assert 0.87 < (errors <= model.interval.half[0]).mean() < 0.93


def test_intervals_differ_between_declared_classes() -> None:
    """Errors grow with the area: the interval of large flats must be wider."""
    rows = flats(3000, seed=97)
    large = rows["area"] >= 100
    noise = np.random.default_rng(0).normal(0, np.where(large, 400, 20))
    rows["rent"] = (rows["rent"] + noise).clip(lower=1)
    problem = replace(FLATS, interval_by=IntervalBy("area", (100.0,)))
    model = train(problem, rows)
    assert isinstance(model.interval, Conformal)
    small, large_half, missing = model.interval.half
    assert large_half > 3 * small
    assert small < missing < large_half


def test_a_classification_has_no_interval(titanic_model: Model) -> None:
    assert titanic_model.interval is None


def auc(labels: Floats, scores: Floats) -> float:
    return float(roc_auc_score(labels, scores))


def test_the_reduced_view_loses_little_auc(
    titanic: Problem, titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    labels = np.array([record["Survived"] for record in titanic_holdout], dtype=float)
    reduced = [titanic.without_optional(record) for record in titanic_holdout]
    whole = auc(labels, titanic_model.scores(titanic_holdout))
    assert whole > 0.8
    assert auc(labels, titanic_model.scores(reduced)) > whole - 0.02


def test_the_reduced_copy_of_the_rows_improves_the_reduced_view(
    titanic: Problem,
    titanic_model: Model,
    titanic_training: list[Record],
    titanic_holdout: list[Record],
) -> None:
    labels = np.array([record["Survived"] for record in titanic_training], dtype=float)
    encoder = fit_encoder(titanic, titanic_training)
    once = GradientBoostingClassifier(
        **PARAMETERS, min_samples_leaf=LEAST_LEAF_ROWS, random_state=SEED
    )
    once.fit(encoder.encode_all(titanic_training), labels)
    reduced = [titanic.without_optional(record) for record in titanic_holdout]
    held = np.array([record["Survived"] for record in titanic_holdout], dtype=float)
    taught_once = auc(held, once.decision_function(encoder.encode_all(reduced)))
    assert auc(held, titanic_model.scores(reduced)) > taught_once + 0.01


def test_rows_are_copied_only_if_features_are_optional(
    flat_rows: pd.DataFrame,
) -> None:
    features = FLATS.features[:3]
    problem = replace(FLATS, features=features)
    training = records_of(flat_rows, TRAIN)
    _, estimator = fit(problem, training)
    root = estimator.estimators_[0, 0].tree_
    # each tree is fitted on half of the rows
    assert root.n_node_samples[0] == len(training) // 2
    _, twice = fit(FLATS, training)
    assert twice.estimators_[0, 0].tree_.n_node_samples[0] == len(training)


SHALLOW: dict[str, dict[str, int]] = {
    "one split": {"max_depth": 1},
    "two levels": {"max_depth": 2},
    "leaves at every depth": {"max_depth": 3, "min_samples_leaf": 120},
    "no split at all": {"max_depth": 3, "min_samples_split": 100_000},
}


@pytest.mark.parametrize("name", SHALLOW)
def test_shallow_trees_are_exported_exactly(
    titanic: Problem, titanic_training: list[Record], titanic_holdout: list[Record], name: str
) -> None:
    encoder = fit_encoder(titanic, titanic_training)
    labels = np.array([record["Survived"] for record in titanic_training], dtype=float)
    estimator = GradientBoostingClassifier(n_estimators=30, random_state=0, **SHALLOW[name])
    estimator.fit(encoder.encode_all(titanic_training), labels)
    assert min(tree.get_n_leaves() for tree in estimator.estimators_.ravel()) < 8
    model = export(titanic, encoder, estimator, titanic_training)
    expected = estimator.decision_function(encoder.encode_all(titanic_holdout))
    assert np.abs(model.scores(titanic_holdout) - expected).max() <= 1e-12
    explained = [model.explain(record)[0].score for record in titanic_holdout]
    assert np.abs(np.array(explained) - expected).max() <= 1e-12


def test_records_keep_number_types_and_turn_missing_into_none(
    titanic_rows: pd.DataFrame,
) -> None:
    by_key = {
        r["PassengerId"]: r for s in (TRAIN, TEST, VALIDATION) for r in records_of(titanic_rows, s)
    }
    passenger = by_key[6]
    assert passenger["Age"] is None
    assert passenger["Cabin"] is None
    assert (passenger["Pclass"], type(passenger["Pclass"])) == (3, int)
    assert (passenger["Fare"], type(passenger["Fare"])) == (8.4583, float)
