"""`POST /`: predictions for one record or for a batch."""

from __future__ import annotations

from http import HTTPStatus

from titanic_mlops.rules.limits import PENDING_RETRY_SECONDS
from titanic_mlops.web.body import read_body, require_json
from titanic_mlops.web.idempotency import idempotency_key_of
from titanic_mlops.web.request import Request, explain_of
from titanic_mlops.web.responses import NO_STORE, HTTPProblem, Response, json_response, retry_after
from titanic_mlops.web.service import Service


async def predict(service: Service, request: Request) -> Response:
    """Return the predictions, unless too many requests are pending.

    Raises:
        HTTPProblem: 400, 408, 413, 415, 422, 429.
        RequestUnreadable: 400.
        NoChampion, ModelDamaged, Unavailable: 503.
    """
    if service.pending >= service.max_pending:
        raise HTTPProblem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"Too many requests are pending; retry after {PENDING_RETRY_SECONDS} second.",
            headers=retry_after(PENDING_RETRY_SECONDS),
        )
    service.pending += 1
    try:
        require_json(request.headers)
        explain = explain_of(request.query)
        key = idempotency_key_of(request.headers)
        body = await read_body(request.receive, request.headers, seconds=service.body_seconds)
        answered = await service.predictions.answer(body, key)
    finally:
        service.pending -= 1
    return json_response(answered.document(explain=explain), NO_STORE)
