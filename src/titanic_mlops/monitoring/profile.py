"""The profile on a card: how a training's rows, and the answers to rows held out, are distributed.

Features are counted over all rows of the snapshot, which are one sample of one population. The
score is counted on rows that the model was not fitted on, VALIDATION and TEST (of a small table:
each row by weights fitted without it), because scores of fitted rows are too sure of themselves.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from titanic_mlops.learning.tasks import Answer
from titanic_mlops.monitoring.bins import categories, facets_of, ranged
from titanic_mlops.monitoring.facets import Facet
from titanic_mlops.monitoring.figures import Figure, Figures
from titanic_mlops.problems.base import Problem, Record, Scalar
from titanic_mlops.problems.base.roles import MULTICLASS, REGRESSION

SCORE, CLASS = "the score", "the class"
"""Names of facets; no column has a space in its name."""
MAX_ROWS = 20_000
"""Of more rows, evenly spaced ones are counted: a window has some hundred rows, beside which the
error of 20,000 does not show."""
MAX_BYTES = 128 * 1024
"""Of the profile as JSON. What does not fit is left out from the end of the declared features, and
named; a table of 200 numbers fits."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Frozen bins with their counts: of the feature columns, and of the score.

    `rows` were counted for the features, `score_rows` for the score. `figures` are those of TEST,
    or of a small table's rows left out. `left_out` names the columns that did not fit. `slope` is
    that of a classification on the rows of the score, see `calibration`.
    """

    rows: int
    score_rows: int
    features: tuple[Facet, ...]
    scores: tuple[Facet, ...]
    figures: Figures
    left_out: tuple[str, ...] = ()
    slope: float = 1.0

    @property
    def facets(self) -> tuple[Facet, ...]:
        """Return all facets, those of the score first."""
        return self.scores + self.features

    def to_json(self) -> dict[str, Any]:
        """Return the profile as plain JSON values."""
        return {
            "rows": self.rows,
            "score_rows": self.score_rows,
            "features": [facet.to_json() for facet in self.features],
            "scores": [facet.to_json() for facet in self.scores],
            "figures": {name: asdict(figure) for name, figure in self.figures.items()},
            "left_out": list(self.left_out),
            "slope": self.slope,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self | None:
        """Return the profile that `to_json` wrote; None for a card of before there were any."""
        if not stored:
            return None
        return cls(
            stored["rows"],
            stored["score_rows"],
            tuple(map(Facet.from_json, stored["features"])),
            tuple(map(Facet.from_json, stored["scores"])),
            {name: Figure(one["value"], one["error"]) for name, one in stored["figures"].items()},
            tuple(stored["left_out"]),
            stored["slope"],
        )


def profile_of(
    problem: Problem, records: Sequence[Record], answers: Sequence[Answer], figures: Figures
) -> Profile:
    """Return the profile of a snapshot's records, and of the answers to those held out."""
    facets = [
        facet
        for name in problem.feature_columns
        for facet in facets_of(problem, problem.by_name[name], [one.get(name) for one in records])
    ]
    scores = tuple(_score_facets(problem, answers))
    return _bounded(Profile(len(records), len(answers), tuple(facets), scores, figures))


def _score_facets(problem: Problem, answers: Sequence[Answer]) -> Iterator[Facet]:
    """Yield the facets of the columns in which predictions keep their answers."""
    column = "prediction" if problem.task == REGRESSION else "probability"
    values: list[Scalar] = [getattr(one, column) for one in answers]
    yield _tallied(ranged(SCORE, column, "number", values), values)
    if problem.task == MULTICLASS:
        classes: list[Scalar] = [one.prediction for one in answers]
        if problem.answer_type is str:
            counts = Counter(map(str, classes))
            yield _tallied(categories(CLASS, "prediction", counts), classes)
        else:
            yield _tallied(ranged(CLASS, "prediction", "number", classes), classes)


def _tallied(facet: Facet, values: Sequence[Scalar]) -> Facet:
    return replace(facet, counts=tuple(facet.tallied(values).tolist()))


def _bounded(profile: Profile) -> Profile:
    """Leave out the last columns until the profile is small enough."""
    while len(json.dumps(profile.to_json())) > MAX_BYTES and profile.features:
        last = profile.features[-1].column
        kept = tuple(facet for facet in profile.features if facet.column != last)
        profile = replace(profile, features=kept, left_out=(*profile.left_out, last))
    return profile
