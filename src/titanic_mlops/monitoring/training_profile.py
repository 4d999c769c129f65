"""The profile of a training: which rows are counted, and which model answers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from titanic_mlops.learning.labels import as_labels, labels_of
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.small import is_small
from titanic_mlops.learning.small.left_out import as_records, left_out, origins_of
from titanic_mlops.learning.tasks import Answer, task_of
from titanic_mlops.monitoring.calibration import slope_of
from titanic_mlops.monitoring.figures import Joined, figures_of
from titanic_mlops.monitoring.profile import MAX_ROWS, Profile, profile_of
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.problems.base.roles import CLASSIFICATION, REGRESSION
from titanic_mlops.rules.split import TEST, TRAIN


def training_profile(problem: Problem, model: Model, rows: pd.DataFrame) -> Profile:
    """Return the profile of the snapshot's rows and of the model that was trained on them."""
    if is_small(rows):
        held, judges = rows, np.ones(len(rows), dtype=bool)
        records = as_records(held)
        scores = left_out(problem, model, rows, origins_of(problem, rows)).scores(records)
    else:
        held = _spread(rows[rows["split"] != TRAIN])
        judges = (held["split"] == TEST).to_numpy()
        records = as_records(held)
        scores = model.scores(records)
    answers = [_answer(problem, model, np.atleast_1d(score).tolist()) for score in scores]
    joined = _joined(problem, model, records, answers, scores)
    found = profile_of(
        problem,
        as_records(_spread(rows)),
        answers,
        figures_of(problem.task, joined.only(judges)),
    )
    if problem.task == REGRESSION:
        return found
    return replace(found, slope=slope_of(joined.labels, joined.answers))


def _spread(rows: pd.DataFrame) -> pd.DataFrame:
    """Return at most MAX_ROWS rows, evenly spaced."""
    return rows.iloc[:: max(1, -(-len(rows) // MAX_ROWS))]


def _answer(problem: Problem, model: Model, scores: Sequence[float]) -> Answer:
    return task_of(problem).answer_of(problem, model, scores)


def _joined(
    problem: Problem,
    model: Model,
    records: list[Record],
    answers: Sequence[Answer],
    scores: Floats,
) -> Joined:
    """Return answers to held-out records as monitoring reads stored ones, beside their labels."""
    labels = labels_of(problem, records)
    if problem.task == REGRESSION:
        low, high = _intervals(problem, model, records, scores).T
        return Joined(labels, np.array([float(one.prediction) for one in answers]), low, high)
    probabilities = np.array([one.probability for one in answers], dtype=float)
    if problem.task != CLASSIFICATION:
        labels = (as_labels(problem, [one.prediction for one in answers]) == labels).astype(float)
    return Joined(labels, probabilities)


def _intervals(problem: Problem, model: Model, records: list[Record], scores: Floats) -> Floats:
    """Return the ends of the answered intervals, shape (n, 2); nan where there is none."""
    ends = np.full((len(records), 2), np.nan)
    for place, (record, score) in enumerate(zip(records, scores.tolist(), strict=True)):
        if band := model.band(record, score):
            ends[place] = [
                float(_answer(problem, model, [end]).prediction) for end in (band.low, band.high)
            ]
    return ends
