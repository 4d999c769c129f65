"""The operations of the prediction service, as OpenAPI describes them."""

from __future__ import annotations

from datetime import date

from titanic_mlops.derive.openapi_components import (
    PROBLEM_STATUSES,
    TEXT,
    VERSION,
    Json,
    object_of,
    ref,
    response,
    schema_ref,
)
from titanic_mlops.problems.base import Column, Problem

# In words, not as a parameter: a key is valid for one body only, which no schema can say.
IDEMPOTENCY = (
    "A request with the header Idempotency-Key (1 to 255 printable ASCII characters, no space) may "
    "be retried: the retry gets the same uuid and counts once. The same key with another body is "
    "answered 422."
)


def operations(problem: Problem) -> dict[str, Json]:
    """Return every operation by its operationId."""
    return {
        "about": _about(),
        "predict": _predict(problem),
        "health": _get("Return that the process runs", object_of({"status": {"const": "ok"}})),
        "ready": _ready(),
        "version": _get("Return the versions of code and model", schema_ref("Version")),
        "openapi": _get("Return this document", {"type": "object"}),
    }


def example_request(problem: Problem) -> Json:
    """Return the first declared example, or else a record with the required columns only."""
    if problem.examples:
        return dict(problem.examples[0])
    return {column.name: _example(column) for column in problem.required_inputs}


def _example(column: Column) -> object:
    if column.is_set:
        return [(*column.categories, column.name)[0]]
    if column.categories:
        return column.categories[0]
    if column.type is str:
        return column.name[: column.max_length]
    if not column.is_number:
        return {bool: True, date: "2024-05-31"}.get(column.type, "2024-05-31T17:30:00")
    low, high = column.bounds
    return max(low, min(0, high))


def _predict(problem: Problem) -> Json:
    record, example = problem.record.__name__, example_request(problem)
    one = {"summary": f"one {record}", "value": example}
    batch = {"summary": "a batch", "value": {"instances": [example, example]}}
    body = _either(record, "Instances") | {"examples": {"one": one, "several": batch}}
    answers = {"application/json": _either("Answer", "Predictions")}
    problems = {str(status): ref("responses", f"Problem{status}") for status in PROBLEM_STATUSES}
    return {
        "summary": f"Predict {problem.target}",
        "description": IDEMPOTENCY,
        "parameters": [ref("parameters", "Explain")],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": response("One prediction, or one per record in their order.", answers),
            **problems,
        },
    }


def _about() -> Json:
    about = _get("Return the service information, to a browser the page", schema_ref("Service"))
    about["responses"]["200"]["content"]["text/html"] = {"schema": TEXT}
    return about


def _ready() -> Json:
    status = object_of({"status": {"const": "ready"}, "model_version": VERSION})
    ready = _get("Return whether a model can answer", status)
    ready["responses"]["503"] = ref("responses", "Problem503")
    return ready


def _get(summary: str, schema: Json) -> Json:
    answer = response(f"{summary}.", {"application/json": {"schema": schema}})
    return {
        "summary": summary,
        "responses": {"200": answer, "421": ref("responses", "Problem421")},
    }


def _either(*names: str) -> Json:
    return {"schema": {"oneOf": [schema_ref(name) for name in names]}}
