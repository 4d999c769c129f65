"""The models that the tables' authors start from, and the best constant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression

from benchmarks.learning.models import fit_course, frame_of
from benchmarks.learning.problems.division import Division, constant
from titanic_mlops.learning.labels import labels_of
from titanic_mlops.learning.model import Floats
from titanic_mlops.problems.base import Record

STONE_NUMBERS, STONE_WORDS = ["carat", "x"], ["cut", "color", "clarity"]


def best_constant(division: Division) -> Floats:
    """Return the median of a number, the share of the second class."""
    labels = labels_of(division.problem, division.training)
    best = labels.mean() if division.problem.classes else np.median(labels)
    return constant(float(best), division.labels)


def course_forest(division: Division) -> Floats:
    """Return the probabilities of the course's pipeline."""
    fitted = fit_course(division.training, division.seed)
    return np.asarray(fitted.predict_proba(frame_of(division.holdout))[:, 1])


def linear_on_log_price(division: Division) -> Floats:
    """Return prices of a linear model of the logarithm, on weight, length and one-hot words."""
    frames = [_stones(records) for records in (division.training, division.holdout)]
    training, holdout = frames[0], frames[1].reindex(columns=frames[0].columns, fill_value=0)
    labels = np.log(labels_of(division.problem, division.training))
    return np.asarray(np.exp(LinearRegression().fit(training, labels).predict(holdout)))


def words_and_logistic(division: Division) -> Floats:
    """Return the probabilities of a logistic regression on TF-IDF of title and genres."""
    vectors = TfidfVectorizer(min_df=2)
    inputs = vectors.fit_transform(map(_text, division.training))
    fitted = LogisticRegression(max_iter=1000).fit(
        inputs, labels_of(division.problem, division.training)
    )
    return np.asarray(fitted.predict_proba(vectors.transform(map(_text, division.holdout)))[:, 1])


def _text(record: Record) -> str:
    return f"{record['title']} {str(record['genres'] or '').replace('|', ' ')}"


def _stones(records: Sequence[Record]) -> Any:  # noqa: ANN401 a frame of mixed types
    frame = pd.DataFrame(list(records), columns=[*STONE_NUMBERS, *STONE_WORDS])
    return pd.get_dummies(frame, columns=STONE_WORDS, drop_first=True, dtype=float)
