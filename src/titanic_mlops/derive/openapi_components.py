"""What the OpenAPI document says once and refers to: schemas, parameters, headers, problems."""

from __future__ import annotations

from typing import Any

from titanic_mlops.derive.jsonschema import answer_schema, request_schema
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import MAX_BODY_BYTES, MAX_INSTANCES

PROBLEMS = {
    400: "The request is not JSON.",
    408: "The request did not arrive in time.",
    413: "The request is too large.",
    415: "The request is not sent as application/json.",
    422: "The request breaks rules; every faulty field is named.",
    429: "Too many requests wait; try again.",
    500: "The service is at fault.",
    503: "There is no model yet, or the record cannot be kept; try again.",
}
"""What can go wrong with a prediction, by status."""
RETRYABLE = frozenset({429, 503})
"""The statuses that say in `Retry-After` when to try again."""

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
VERSION: Json = {"type": "integer", "minimum": 1}
_VERSION_OR_NONE: Json = {"type": ["integer", "null"], "minimum": 1}


def components(problem: Problem) -> Json:
    """Return the components, by kind and name."""
    return {
        "schemas": _schemas(problem),
        "parameters": _parameters(),
        "headers": _headers(),
        "responses": {f"Problem{status}": _problem(status) for status in PROBLEMS},
    }


def response(description: str, content: Json) -> Json:
    """Return a response that every page may read."""
    headers = {"Access-Control-Allow-Origin": ref("headers", "AllowOrigin")}
    return {"description": description, "headers": headers, "content": content}


def object_of(required: Json) -> Json:
    """Return the schema of an object with these members, and perhaps others."""
    return {"type": "object", "properties": {**required}, "required": list(required)}


def schema_ref(name: str) -> Json:
    """Return the reference to a schema."""
    return ref("schemas", name)


def ref(kind: str, name: str) -> Json:
    """Return the reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _headers() -> Json:
    seconds = {"type": "integer", "minimum": 0}
    return {
        "AllowOrigin": {"description": "which pages may read the answer", "schema": TEXT},
        "RetryAfter": {"description": "seconds to wait", "required": True, "schema": seconds},
    }


def _parameters() -> Json:
    explain = {"type": "boolean", "default": False}
    return {
        "Explain": {
            "name": "explain",
            "in": "query",
            "description": "whether the answer says what each column adds to it",
            "schema": explain,
        },
    }


def _schemas(problem: Problem) -> Json:
    record = problem.record.__name__
    request = {key: value for key, value in request_schema(problem).items() if key != "$schema"}
    limits = f"at most {MAX_INSTANCES}, in a body of at most {MAX_BODY_BYTES} bytes"
    instances = {"type": "array", "items": schema_ref(record), "minItems": 1}
    # Not maxItems: so many records fill a body that is refused for its size, unread, with 413.
    batch = object_of({"instances": {"description": limits, **instances}})
    about = {**_texts("service", "problem", "title", "version"), "model_version": _VERSION_OR_NONE}
    links = {"type": "object", "additionalProperties": TEXT}
    code = {**_texts("version", "code_version", "problem"), "model_version": _VERSION_OR_NONE}
    return {
        record: request,
        "Instances": {**batch, "additionalProperties": False},
        "Answer": answer_schema(problem),
        "Predictions": object_of({"predictions": {"type": "array", "items": schema_ref("Answer")}}),
        "ProblemDetails": _problem_details(),
        "Service": object_of({**about, "links": links}),
        "Version": object_of(code),
    }


def _problem_details() -> Json:
    """Return the schema of RFC 9457; a fault's `pointer` is a fragment such as `#/Age`."""
    fault = object_of(_texts("pointer", "code", "detail"))
    details = object_of({**_texts("type", "title", "detail"), "status": {"type": "integer"}})
    details["properties"] |= {"errors": {"type": "array", "items": fault}, "trace_id": TEXT}
    return details


def _texts(*names: str) -> Json:
    return dict.fromkeys(names, TEXT)


def _problem(status: int) -> Json:
    content = {"application/problem+json": {"schema": schema_ref("ProblemDetails")}}
    problem = response(PROBLEMS[status], content)
    if status in RETRYABLE:
        problem["headers"]["Retry-After"] = ref("headers", "RetryAfter")
    return problem
