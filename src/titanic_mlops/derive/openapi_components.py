"""The components that the operations refer to: schemas, parameters, headers, problems."""

from __future__ import annotations

from typing import Any

from titanic_mlops.derive.jsonschema import answer_schema, request_schema
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import MAX_BODY_BYTES, MAX_INSTANCES

PROBLEM_STATUSES = {
    400: "The request is not JSON, or a header or a query parameter is malformed.",
    408: "The request did not arrive in time.",
    413: "The request is too large.",
    415: "The request is not sent as application/json.",
    421: "The request names a host that this server does not answer for.",
    422: "The request is invalid; every faulty field is listed.",
    429: "Too many requests or records of batches are pending; retry later.",
    500: "The service failed unexpectedly.",
    503: "No model has been promoted, or the prediction cannot be recorded; retry later.",
}
"""What each status of a failed prediction means."""
RETRYABLE = frozenset({429, 503})
"""The statuses with a `Retry-After` header."""

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
        "responses": {f"Problem{status}": _problem(status) for status in PROBLEM_STATUSES},
    }


def response(description: str, content: Json) -> Json:
    """Return a response with its CORS header."""
    headers = {"Access-Control-Allow-Origin": ref("headers", "AllowOrigin")}
    return {"description": description, "headers": headers, "content": content}


def object_of(required: Json) -> Json:
    """Return the schema of an object that requires these members and allows others."""
    return {"type": "object", "properties": {**required}, "required": list(required)}


def schema_ref(name: str) -> Json:
    """Return the reference to a schema."""
    return ref("schemas", name)


def ref(kind: str, name: str) -> Json:
    """Return the reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def _headers() -> Json:
    seconds = {"type": "integer", "minimum": 0}
    origins, wait = "origins whose pages may read the response", "seconds until a retry"
    return {
        "AllowOrigin": {"description": origins, "schema": TEXT},
        "RetryAfter": {"description": wait, "required": True, "schema": seconds},
    }


def _parameters() -> Json:
    explain = {"type": "boolean", "default": False}
    return {
        "Explain": {
            "name": "explain",
            "in": "query",
            "description": "whether to add the contribution of each column",
            "schema": explain,
        },
    }


def _schemas(problem: Problem) -> Json:
    record = problem.record.__name__
    request = {key: value for key, value in request_schema(problem).items() if key != "$schema"}
    limits = f"at most {MAX_INSTANCES}, in a body of at most {MAX_BODY_BYTES} bytes"
    instances = {"type": "array", "items": schema_ref(record), "minItems": 1}
    # Not maxItems: a body with more records is answered 413 before they are counted.
    batch = object_of({"instances": {"description": limits, **instances}})
    empty = {"description": "some clients send it; it must be empty", "maxProperties": 0}
    batch["properties"]["parameters"] = {"type": ["object", "null"], **empty}
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
    problem = response(PROBLEM_STATUSES[status], content)
    if status in RETRYABLE:
        problem["headers"]["Retry-After"] = ref("headers", "RetryAfter")
    return problem
