"""`POST /`: one record or many are answered by the champion, and recorded."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from titanic_mlops.errors import Fault, RequestInvalid
from titanic_mlops.prediction import Prediction, decode_request, predict
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import MAX_FAULTS, MAX_INSTANCES, MAX_REMEMBERED_PREDICTIONS
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.recorder import Recorder
from titanic_mlops.web.responses import Refusal, error

INSTANCES = "instances"
SLICE = 25
"""Predictions made in a row, before another request has its turn."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The predictions of one request; `batch` says in which form they were asked for."""

    predictions: tuple[Prediction, ...]
    batch: bool
    deferred: bool

    def document(self, *, explain: bool) -> dict[str, Any]:
        """Return the body of the answer."""
        record = {"record": "deferred"} if self.deferred else {}
        answers = [one.answer(explain=explain) | record for one in self.predictions]
        return {"predictions": answers} if self.batch else answers[0]


class PredictionService:
    """Answer bodies of requests; the same `key` again is the same request."""

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
        self._memory = _Memory()

    async def answer(self, body: bytes, key: str | None) -> Answered:
        """Return the predictions that a body asks for, once their records are durable.

        Raises:
            RequestUnreadable, Refusal: 400, 422.
            NoChampion, ModelDamaged, Unavailable: 503.
        """
        if key is None:
            return await self._answer(body, lambda _: str(uuid4()))
        digest = sha256(body).hexdigest()  # so that another body never shares a record
        space = uuid5(NAMESPACE_OID, f"{self._problem.name} {key} {digest}")
        return await self._memory.once(
            key, body, lambda: self._answer(body, lambda number: str(uuid5(space, str(number))))
        )

    async def _answer(self, body: bytes, uuid_of: Callable[[int], str]) -> Answered:
        requests, batch = _requests(decode_request(body))
        served = await self._champion.current()
        now = self._now()
        predictions, errors = [], []
        for number, request in enumerate(requests):
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)  # others need not wait for the whole batch
            try:
                predictions.append(
                    predict(
                        self._problem,
                        request,
                        model=served.model,
                        version=served.version,
                        uuid=uuid_of(number),
                        now=now,
                    )
                )
            except RequestInvalid as refused:
                path = (INSTANCES, number) if batch else ()
                errors += [error(fault, *path) for fault in refused.faults]
        if errors:
            raise _unprocessable(errors)
        deferred = await self._recorder.keep([one.stored() for one in predictions])
        return Answered(tuple(predictions), batch, deferred)


class _Memory:
    """What was answered to which key; the oldest is forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[bytes, asyncio.Task[Answered]]] = OrderedDict()
        self._size = 0

    async def once(
        self, key: str, body: bytes, work: Callable[[], Awaitable[Answered]]
    ) -> Answered:
        """Return what `work` answers, or answered; a failure is not remembered."""
        digest = sha256(body).digest()
        if key not in self._known:
            task = asyncio.ensure_future(self._remembered(key, work))
            self._known[key] = digest, task
        before, task = self._known[key]
        if before != digest:
            fault = Fault("", "idempotency_key", "", "the key came before, with another body")
            raise _unprocessable([error(fault)])
        return await asyncio.shield(task)

    async def _remembered(self, key: str, work: Callable[[], Awaitable[Answered]]) -> Answered:
        try:
            answered = await work()
        except BaseException:
            del self._known[key]
            raise
        self._size += len(answered.predictions)
        while self._size > MAX_REMEMBERED_PREDICTIONS:
            oldest = next(key for key, (_, task) in self._known.items() if task.done())
            _, task = self._known.pop(oldest)
            self._size -= len(task.result().predictions)
        return answered


def _requests(document: object) -> tuple[list[object], bool]:
    """Return the records that a document asks about, and whether it is a batch."""
    if not isinstance(document, dict) or INSTANCES not in document:
        return [document], False
    faults = [Fault(str(n), "unknown", "", "must be left out") for n in document if n != INSTANCES]
    instances = document[INSTANCES]
    if not isinstance(instances, list) or not 1 <= len(instances) <= MAX_INSTANCES:
        expected = f"must be a list of 1 to {MAX_INSTANCES} records"
        faults.append(Fault(INSTANCES, "length", "", expected))
    if faults:
        raise _unprocessable([error(fault) for fault in faults])
    return list(instances), True


def _unprocessable(errors: list[dict[str, str]]) -> Refusal:
    count = "One thing is" if len(errors) == 1 else f"{len(errors)} things are"
    named = "each" if len(errors) <= MAX_FAULTS else f"the first {MAX_FAULTS}"
    return Refusal(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"{count} wrong with the request; `errors` names {named} by its place.",
        errors=errors[:MAX_FAULTS],
    )
