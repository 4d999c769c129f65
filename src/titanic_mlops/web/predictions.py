"""From the body of a request to recorded predictions of the champion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from titanic_mlops.errors import Fault, RequestInvalid
from titanic_mlops.prediction import Prediction, decode_request, predict
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import MAX_INSTANCES
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.idempotency import ResultCache
from titanic_mlops.web.recorder import Recorder
from titanic_mlops.web.responses import error_member, unprocessable

INSTANCES = "instances"
SLICE = 25
"""Predictions computed in a row before other requests get a turn."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The predictions for one request; `batch` says that it was a list of records."""

    predictions: tuple[Prediction, ...]
    batch: bool
    deferred: bool

    @property
    def size(self) -> int:
        """Return the number of predictions."""
        return len(self.predictions)

    def document(self, *, explain: bool) -> dict[str, Any]:
        """Return the body of the response."""
        record = {"record": "deferred"} if self.deferred else {}
        answers = [one.answer(explain=explain) | record for one in self.predictions]
        return {"predictions": answers} if self.batch else answers[0]


class PredictionService:
    """Predict for the bodies of requests; a key makes a request idempotent."""

    def __init__(
        self,
        problem: Problem,
        champion: ChampionInMemory,
        recorder: Recorder,
        now: Callable[[], datetime],
    ) -> None:
        self._problem = problem
        self._champion = champion
        self._recorder = recorder
        self._now = now
        self._results: ResultCache[Answered] = ResultCache()

    async def answer(self, body: bytes, key: str | None) -> Answered:
        """Return the predictions for a body once their records are durable.

        Raises:
            RequestUnreadable: 400.
            HTTPProblem: 422.
            NoChampion, ModelDamaged, Unavailable: 503.
        """
        if key is None:
            return await self._answer(body, lambda _: str(uuid4()))
        digest = sha256(body).hexdigest()  # so that two bodies with one key never share a uuid
        space = uuid5(NAMESPACE_OID, f"{self._problem.name} {key} {digest}")
        return await self._results.once(
            key, body, lambda: self._answer(body, lambda number: str(uuid5(space, str(number))))
        )

    async def _answer(self, body: bytes, uuid_of: Callable[[int], str]) -> Answered:
        records, batch = _records(decode_request(body))
        served = await self._champion.current()
        now = self._now()
        predictions, errors = [], []
        for number, record in enumerate(records):
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)  # let other requests run
            try:
                predictions.append(
                    predict(
                        self._problem,
                        record,
                        model=served.model,
                        version=served.version,
                        uuid=uuid_of(number),
                        now=now,
                    )
                )
            except RequestInvalid as invalid:
                path = (INSTANCES, number) if batch else ()
                errors += [error_member(fault, *path) for fault in invalid.faults]
        if errors:
            raise unprocessable(errors)
        deferred = await self._recorder.keep([one.stored() for one in predictions])
        return Answered(tuple(predictions), batch, deferred)


def _records(document: object) -> tuple[list[object], bool]:
    """Return the records of a document, and whether it is a batch."""
    if not isinstance(document, dict) or INSTANCES not in document:
        return [document], False
    faults = [Fault(str(n), "unknown", "", "must be left out") for n in document if n != INSTANCES]
    instances = document[INSTANCES]
    if not isinstance(instances, list) or not 1 <= len(instances) <= MAX_INSTANCES:
        expected = f"must be a list of 1 to {MAX_INSTANCES} records"
        faults.append(Fault(INSTANCES, "length", "", expected))
    if faults:
        raise unprocessable([error_member(fault) for fault in faults])
    return list(instances), True
