"""From the body of a request to recorded predictions of the champion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import NAMESPACE_OID, uuid4, uuid5

from titanic_mlops.prediction import Answered, Asked, predict_each, require_valid
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.decode import decode_request
from titanic_mlops.rules.limits import MAX_PENDING_ROWS
from titanic_mlops.rules.request import records_of
from titanic_mlops.web.champion import ChampionInMemory
from titanic_mlops.web.idempotency import ResultCache
from titanic_mlops.web.recorder import Recorder
from titanic_mlops.web.responses import encode_json, too_many
from titanic_mlops.web.turns import Turns


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
        self._turns = Turns()
        self.pending_rows = 0
        self.max_pending_rows = MAX_PENDING_ROWS

    async def answer(self, body: bytes, key: str | None) -> Answered:
        """Return the predictions for a body once their records are durable.

        Raises:
            RequestUnreadable: 400.
            RequestInvalid: 422.
            HTTPProblem: 429.
            NoChampion, ModelDamaged, Unavailable: 503.
        """
        if key is None:
            return await self._answer(body, lambda _: str(uuid4()))
        digest = sha256(body).hexdigest()  # so that two bodies with one key never share a uuid
        space = uuid5(NAMESPACE_OID, f"{self._problem.name} {key} {digest}")
        return await self._results.once(
            key, body, lambda: self._answer(body, lambda number: str(uuid5(space, str(number))))
        )

    async def encoded(self, answered: Answered, *, explain: bool) -> bytes:
        """Return the body of a response as JSON."""
        if not answered.batch:
            return encode_json(answered.document(explain=explain))
        answers = (answered.answer(one, explain=explain) for one in answered.predictions)
        members = await self._turns.compute(map(encode_json, answers))
        return b'{"predictions": [' + b", ".join(members) + b"]}"

    async def _answer(self, body: bytes, uuid_of: Callable[[int], str]) -> Answered:
        records, batch = records_of(self._problem, decode_request(body))
        if not batch:
            return await self._predict(records, uuid_of, batch=False)
        if self.pending_rows + len(records) > self.max_pending_rows:
            raise too_many("records of batches")
        self.pending_rows += len(records)
        try:
            return await self._predict(records, uuid_of, batch=True)
        finally:
            self.pending_rows -= len(records)

    async def _predict(
        self, records: Sequence[object], uuid_of: Callable[[int], str], *, batch: bool
    ) -> Answered:
        served = await self._champion.current()
        asked = Asked(records, batch, served.model, served.version, self._now(), uuid_of)
        outcomes = predict_each(self._problem, asked)
        predictions = require_valid(await self._turns.compute(outcomes) if batch else [*outcomes])
        rows = (one.stored() for one in predictions)
        deferred = await self._recorder.keep(await self._turns.compute(rows) if batch else [*rows])
        return Answered(predictions, batch, deferred)
