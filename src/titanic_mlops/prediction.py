"""Turn a request into a prediction: pure, so that HTTP and the command line answer alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from titanic_mlops.errors import RequestInvalid
from titanic_mlops.learning.amounts import Units
from titanic_mlops.learning.intervals import Band
from titanic_mlops.learning.model import LOG, Model, Reasons
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.problems.base import Problem, Scalar
from titanic_mlops.rules.request import INSTANCES, read_request


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer. `probability`, `interval` and `probabilities` are None where a task has none.

    `interval_level` is the share of true values that the interval is known to hold. `units` are
    those of an answer whose logarithm was learned, else None. `reasons` explain the answer;
    `class_reasons` each class, by its text, where there is one score for each.
    """

    uuid: str
    requested_at: datetime
    model_version: int
    record: dict[str, Scalar]
    prediction: int | float | str
    reasons: Reasons
    probability: float | None = None
    interval: tuple[float, float] | None = None
    interval_level: float | None = None
    units: Units | None = None
    probabilities: dict[str, float] | None = None
    class_reasons: dict[str, Reasons] | None = None

    def answer(self, *, explain: bool = False) -> dict[str, Any]:
        """Return the body of the answer; `explain` adds the reasons."""
        body: dict[str, Any] = {"prediction": self.prediction}
        if self.probability is not None:
            body["probability"] = self.probability
        if self.probabilities is not None:
            body["probabilities"] = self.probabilities
        if self.interval is not None:
            body |= {"interval": list(self.interval), "interval_level": self.interval_level}
        body |= {"uuid": self.uuid, "model_version": self.model_version}
        if explain:
            body |= self.reasons.document()
            if self.units is not None:
                shares, baseline = self.reasons.contributions, self.reasons.baseline
                body |= self.units.document(shares, baseline, float(self.prediction))
            if self.class_reasons is not None:
                body["classes"] = {name: r.document() for name, r in self.class_reasons.items()}
        return body

    def stored(self) -> bytes:
        """Return the row of `predictions_data` as JSON, the body of its message."""
        low, high = self.interval or (None, None)
        row = {
            "uuid": self.uuid,
            "requested_at": self.requested_at.isoformat(),
            "model_version": self.model_version,
            "prediction": self.prediction,
            "probability": self.probability,
            **self.record,
            "interval_low": low,
            "interval_high": high,
        }
        return json.dumps(row).encode()


@dataclass(frozen=True, slots=True)
class Answered:
    """The predictions for one request; `batch` says that it was a list of records."""

    predictions: tuple[Prediction, ...]
    batch: bool
    deferred: bool
    """Whether the records are kept, but not on their topic yet."""

    @property
    def size(self) -> int:
        """Return the number of predictions."""
        return len(self.predictions)

    def document(self, *, explain: bool) -> dict[str, Any]:
        """Return the body of the response."""
        answers = [self.answer(one, explain=explain) for one in self.predictions]
        return {"predictions": answers} if self.batch else answers[0]

    def answer(self, prediction: Prediction, *, explain: bool) -> dict[str, Any]:
        """Return one prediction of the body."""
        record = {"record": "deferred"} if self.deferred else {}
        return prediction.answer(explain=explain) | record


@dataclass(frozen=True, slots=True)
class Asked:
    """The records of one request, and what is stored with each of their predictions."""

    records: Sequence[object]
    batch: bool
    model: Model
    version: int
    now: datetime
    uuid_of: Callable[[int], str]


def predict_each(problem: Problem, asked: Asked) -> Iterator[Prediction | RequestInvalid]:
    """Yield the prediction for each record, or its faults with their place in a batch."""
    for number, record in enumerate(asked.records):
        try:
            yield predict(
                problem,
                record,
                model=asked.model,
                version=asked.version,
                uuid=asked.uuid_of(number),
                now=asked.now,
            )
        except RequestInvalid as invalid:
            path = (INSTANCES, number) if asked.batch else ()
            yield RequestInvalid(tuple(replace(fault, path=path) for fault in invalid.faults))


def require_valid(outcomes: Sequence[Prediction | RequestInvalid]) -> tuple[Prediction, ...]:
    """Return the predictions, unless a record has a fault.

    Raises:
        RequestInvalid: with the faults of all records.
    """
    invalid = [one for one in outcomes if isinstance(one, RequestInvalid)]
    if invalid:
        raise RequestInvalid(tuple(fault for one in invalid for fault in one.faults))
    return tuple(one for one in outcomes if isinstance(one, Prediction))


def predict(
    problem: Problem,
    request: object,
    *,
    model: Model,
    version: int,
    uuid: str,
    now: datetime,
) -> Prediction:
    """Answer one decoded request with the model of `version`; `now` is stored with the answer.

    Raises:
        RequestInvalid: naming every faulty field at once.
    """
    record = read_request(problem, request)
    explained = model.explain(record)
    answer = task_of(problem).answer_of(problem, model, [reasons.score for reasons in explained])
    named = answer.probabilities
    reasons = explained[answer.chosen]
    band = model.band(record, reasons.score)
    return Prediction(
        uuid=uuid,
        requested_at=now,
        model_version=version,
        record=record,
        prediction=answer.prediction,
        reasons=reasons,
        probability=answer.probability,
        interval=_ends(problem, model, band) if band else None,
        interval_level=band.level if band else None,
        units=_units(problem) if model.transform == LOG else None,
        probabilities=named,
        class_reasons=dict(zip(named, explained, strict=True)) if named else None,
    )


def _ends(problem: Problem, model: Model, band: Band) -> tuple[float, float]:
    """Return the ends of an interval of scores: what is answered to each of them."""
    answer_of = task_of(problem).answer_of
    low, high = (answer_of(problem, model, [end]).prediction for end in (band.low, band.high))
    return float(low), float(high)


def _units(problem: Problem) -> Units:
    least = problem.by_name[problem.target].minimum
    return Units(None if least is None else float(least), problem.target_decimals)
