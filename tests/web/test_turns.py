"""Batches beside single requests: how many rows are pending, and whose turn it is."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import RECORD, Served, application_on, eventually, serving
from tests.web.http1 import request_bytes, wire_to
from tests.web.test_contract import locked
from titanic_mlops import prediction
from titanic_mlops.rules.limits import MAX_INSTANCES, SLICE_RECORDS
from titanic_mlops.web.recorder import Recorder

SHORT = {"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}
BATCHES = 4
SINGLE_AGE = 1


def post(document: object) -> bytes:
    body = json.dumps(document).encode()
    return request_bytes("POST", "/", [("Content-Type", "application/json")], body)


def test_a_single_request_is_answered_between_slices(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[bool] = []
    real, sent_after = prediction.predict, 500

    with ExitStack() as connections:
        single, *batches = (
            connections.enter_context(wire_to(served.port)) for _ in range(1 + BATCHES)
        )

        def noted(problem: Any, record: Mapping[str, Any], **terms: Any) -> Any:  # noqa: ANN401 as predict
            if len(order) == sent_after:
                single.send(post(SHORT | {"Age": SINGLE_AGE}))
            order.append("Age" in record)
            return real(problem, record, **terms)

        monkeypatch.setattr(prediction, "predict", noted)
        for batch in batches:
            batch.send(post({"instances": [SHORT] * MAX_INSTANCES}))
        assert {wire.receive().status for wire in (single, *batches)} == {200}
    assert len(order) == 1 + BATCHES * MAX_INSTANCES
    assert order.index(True) - sent_after <= 8 * SLICE_RECORDS
    assert served.records()[0]["Age"] == SINGLE_AGE


def test_a_batch_above_the_limit_of_pending_rows_gets_429(home: Path) -> None:
    application = application_on(home)
    predictions = application.service.predictions
    predictions.max_pending_rows = 500
    batch = {"instances": [SHORT] * 300}
    with serving(application, home) as served, ThreadPoolExecutor(1) as pool:
        with locked(served):
            first = pool.submit(served.post, batch)
            eventually(lambda: predictions.pending_rows == 300)
            refused = served.post(batch)
            small = pool.submit(served.post, RECORD)
        assert refused.status == 429
        assert refused.headers["retry-after"] == "1"
        assert "batches are pending" in refused.json["detail"]
        assert "prediction" not in refused.json
        assert (first.result().status, small.result().status) == (200, 200)
        assert predictions.pending_rows == 0
        assert served.post(batch).status == 200


def test_a_faulty_batch_is_no_longer_pending(home: Path) -> None:
    application = application_on(home)
    with serving(application, home) as served:
        assert served.post({"instances": [SHORT, {}]}).status == 422
    assert application.service.predictions.pending_rows == 0


def test_single_records_are_kept_before_batches() -> None:
    """While one write runs, a large batch and single records wait; the singles go first."""
    writes: list[int] = []
    begun, resume = threading.Event(), threading.Event()

    def keep(records: list[bytes]) -> bool:
        writes.append(len(records))
        begun.set()
        resume.wait()
        return False

    async def scenario() -> None:
        with ThreadPoolExecutor(1) as pool:
            recorder = Recorder(keep, pool)
            waiting = [asyncio.ensure_future(recorder.keep([b"first"]))]
            await asyncio.to_thread(begun.wait)
            for size in (1000, 1000, 1, 1):
                waiting.append(asyncio.ensure_future(recorder.keep([b"x"] * size)))
                await asyncio.sleep(0)
            resume.set()
            await asyncio.gather(*waiting)

    asyncio.run(scenario())
    assert writes == [1, 2, 1000, 1000]
