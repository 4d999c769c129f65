"""The compared models: ours, the course's pipeline, and ours with a larger learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.learning.table import labels_of
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training.exact_trees import PARAMETERS
from titanic_mlops.learning.training.fit import export, fit
from titanic_mlops.learning.training.lesson import LEAST_LEAF_ROWS, Estimator
from titanic_mlops.problems.base import Record
from titanic_mlops.problems.titanic import PROBLEM

NUMBERS = ["Age", "SibSp", "Parch", "Fare"]
CATEGORIES = ["Sex", "Embarked", "Pclass"]
REFERENCE: dict[str, Any] = {"n_estimators": 150, "max_depth": 3, "learning_rate": 0.1}
REFERENCE_SEED = 0


@dataclass(frozen=True, slots=True)
class Ours:
    """The product's model in both forms: as fitted, and as served."""

    encoder: Encoder
    estimator: Estimator
    model: Model


def fit_ours(training: list[Record]) -> Ours:
    """Fit and export as a training of the product does."""
    encoder, estimator = fit(PROBLEM, training)
    return Ours(encoder, estimator, export(PROBLEM, encoder, estimator, training))


def fit_reference(encoder: Encoder, training: list[Record]) -> Estimator:
    """Fit boosted trees with scikit-learn's step of 0.1 on our features and second copy."""
    both = [*training, *(PROBLEM.without_optional(record) for record in training)]
    estimator = GradientBoostingClassifier(**REFERENCE, random_state=REFERENCE_SEED)
    return estimator.fit(encoder.encode_all(both), labels_of(both))


def fit_course(training: list[Record], seed: int) -> Any:  # noqa: ANN401 scikit-learn is untyped
    """Fit the course's pipeline: seven columns, a forest of 100 trees."""
    return _fit_frame(RandomForestClassifier(100, random_state=seed), training)


def fit_boosted_pipeline(training: list[Record]) -> Any:  # noqa: ANN401 as above
    """Fit trees of our number and depth as a scikit-learn pipeline on the course's columns."""
    return _fit_frame(
        GradientBoostingClassifier(**PARAMETERS, min_samples_leaf=LEAST_LEAF_ROWS, random_state=0),
        training,
    )


def frame_of(records: Sequence[Record]) -> pd.DataFrame:
    """Return the columns that the course's pipeline reads."""
    frame = pd.DataFrame(list(records), columns=[*NUMBERS, *CATEGORIES])
    return frame.astype(dict.fromkeys(NUMBERS, float))


def _fit_frame(classifier: Any, training: list[Record]) -> Any:  # noqa: ANN401 as above
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    prepared = make_column_transformer(
        (numbers, NUMBERS), (OneHotEncoder(handle_unknown="ignore"), CATEGORIES)
    )
    pipeline = make_pipeline(prepared, classifier)
    return pipeline.fit(frame_of(training), labels_of(training))
