"""Turn a request into a prediction: pure, so that HTTP and the command line answer alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from titanic_mlops.errors import RequestUnreadable
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.tasks import task_of
from titanic_mlops.problems.base import Problem, Scalar
from titanic_mlops.rules.limits import MAX_DEPTH_LEVELS
from titanic_mlops.rules.request import read_request

_TOO_DEEP = f"The request is nested deeper than {MAX_DEPTH_LEVELS} levels."


def decode_request(text: str | bytes) -> object:
    """Return the JSON document that `text` holds, in UTF-8 where it is bytes.

    Raises:
        RequestUnreadable: it is not JSON, names a field twice, contains a lone surrogate, or is
            nested deeper than 32 levels.
    """
    try:
        document: object = json.loads(
            text.decode() if isinstance(text, bytes) else text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
        )
        json.dumps(document, ensure_ascii=False).encode()  # fails for a lone surrogate
    except RecursionError:
        raise RequestUnreadable(_TOO_DEEP) from None
    except UnicodeError:
        raise RequestUnreadable("The request is not Unicode text in UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise RequestUnreadable(f"The request is not JSON: {error.msg} at {place}.") from None
    except ValueError:  # Python parses no integer of more than 4,300 digits
        raise RequestUnreadable("The request contains a number with too many digits.") from None
    if _depth(document) > MAX_DEPTH_LEVELS:
        raise RequestUnreadable(_TOO_DEEP)
    return document


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why: `baseline` plus the sum of `contributions` is `score`, all in the task's unit."""

    score: float
    baseline: float
    contributions: dict[str, float]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer. `probability` and `interval` are None where the task has none."""

    uuid: str
    requested_at: datetime
    model_version: int
    record: dict[str, Scalar]
    prediction: int | float
    reasons: Reasons
    probability: float | None = None
    interval: tuple[float, float] | None = None

    def answer(self, *, explain: bool = False) -> dict[str, Any]:
        """Return the body of the answer; `explain` adds the reasons."""
        body: dict[str, Any] = {"prediction": self.prediction}
        if self.probability is not None:
            body["probability"] = self.probability
        if self.interval is not None:
            body["interval"] = list(self.interval)
        body |= {"uuid": self.uuid, "model_version": self.model_version}
        if explain:
            body |= {
                "score": self.reasons.score,
                "baseline": self.reasons.baseline,
                "contributions": self.reasons.contributions,
            }
        return body

    def stored(self) -> bytes:
        """Return the row of `predictions_data` as JSON, the body of its message."""
        row = {
            "uuid": self.uuid,
            "requested_at": self.requested_at.isoformat(),
            "model_version": self.model_version,
            "prediction": self.prediction,
            "probability": self.probability,
            **self.record,
        }
        return json.dumps(row).encode()


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
    score, contributions = model.explain(record)
    answer = task_of(problem).answer_of(model, score)
    return Prediction(
        uuid=uuid,
        requested_at=now,
        model_version=version,
        record=record,
        prediction=answer.prediction,
        reasons=Reasons(score, model.baseline, contributions),
        probability=answer.probability,
        interval=answer.interval,
    )


def _depth(document: object) -> int:
    """Return how many levels of objects and lists there are; no recursion, so any depth works."""
    depth, level = 0, [document]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [x for one in level for x in (one.values() if isinstance(one, dict) else one)]
    return depth


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RequestUnreadable("The request names a field twice; name each field once.")
    return members


def _refuse_constant(name: str) -> float:
    raise RequestUnreadable(f"The request contains {name}, which is not JSON.")
