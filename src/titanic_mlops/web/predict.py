"""`POST /`: predictions for one record or for a batch."""

from __future__ import annotations

from titanic_mlops.web.body import read_body, require_json
from titanic_mlops.web.idempotency import idempotency_key_of
from titanic_mlops.web.request import Request, explain_of
from titanic_mlops.web.responses import NO_STORE, Response, encoded_response, too_many
from titanic_mlops.web.service import Service


async def predict(service: Service, request: Request) -> Response:
    """Return the predictions, unless too many requests are pending.

    Raises:
        HTTPProblem: 400, 408, 413, 415, 429.
        RequestUnreadable: 400.
        RequestInvalid: 422.
        NoChampion, ModelDamaged, Unavailable: 503.
    """
    if service.pending >= service.max_pending:
        raise too_many("requests")
    service.pending += 1
    try:
        require_json(request.headers)
        explain = explain_of(request.query)
        key = idempotency_key_of(request.headers)
        body = await read_body(request.receive, request.headers, seconds=service.body_seconds)
        answered = await service.predictions.answer(body, key)
        encoded = await service.predictions.encoded(answered, explain=explain)
    finally:
        service.pending -= 1
    return encoded_response(encoded, NO_STORE)
