"""What schemathesis must know beyond the document: it does not assert `contentSchema`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

from tests import content_schema


def holds_text_out_of_range(case: Case[Any]) -> bool:
    """Return whether only `contentSchema` forbids the body."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return False
    document: dict[str, Any] = case.operation.schema.raw_schema
    content = document["paths"][case.path][case.method.lower()].get("requestBody", {})
    if not content:
        return False
    schema = content["content"]["application/json"]["schema"]
    return not content_schema.is_valid({**document, **schema}, case.body)


@schemathesis.hook
def filter_failure(_: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Keep every failure but the rejection of a text that `contentSchema` forbids."""
    return not (
        isinstance(failure, RejectedPositiveData)
        and response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        and holds_text_out_of_range(case)
    )


@schemathesis.check
def content_schema_is_enforced(_: CheckContext, response: Response, case: Case[Any]) -> None:
    """Require that a text out of its range is rejected."""
    if holds_text_out_of_range(case):
        assert response.status_code >= HTTPStatus.BAD_REQUEST, case.body
