"""From a problem to the OpenAPI 3.1 document of its prediction service."""

from __future__ import annotations

from titanic_mlops.derive.jsonschema import request_schema
from titanic_mlops.derive.openapi_components import (
    PROBLEMS,
    TEXT,
    VERSION,
    Json,
    components,
    object_of,
    ref,
    response,
    schema_ref,
)
from titanic_mlops.problems.base import Column, Problem, Scalar

API_VERSION = "1"
"""The version of what is promised here; a release of the package does not change it."""


# In words, not as a parameter: a key is good for one body only, which no schema can say.
REPEATS = (
    "A request with the header Idempotency-Key (1 to 255 printable ASCII characters, no space) may "
    "be sent again: it has the same uuid and counts once. The same key with another body is "
    "refused with 422."
)


def openapi(problem: Problem) -> Json:
    """Return the document of the service that answers for `problem`."""
    record = problem.record.__name__
    return {
        "openapi": "3.1.0",
        "info": {
            "title": problem.title,
            "version": API_VERSION,
            "description": f"Predicts {problem.target} of a {record} and says why.",
        },
        "paths": {
            "/": {"get": _about(), "post": _predict(problem)},
            **{f"/{name}": {"get": operation} for name, operation in _readings().items()},
        },
        "components": components(problem),
    }


def example_request(problem: Problem) -> dict[str, Scalar]:
    """Return a record of what must be there and nothing else."""
    required = request_schema(problem)["required"]
    return {name: _example(problem.by_name[name]) for name in required}


def _example(column: Column) -> Scalar:
    if column.categories:
        return column.categories[0]
    if column.type is str:
        return column.name[: column.max_length]
    low, high = column.bounds
    return max(low, min(0, high))


def _predict(problem: Problem) -> Json:
    record, example = problem.record.__name__, example_request(problem)
    one = {"summary": f"one {record}", "value": example}
    several = {"summary": "several", "value": {"instances": [example, example]}}
    body = _either(record, "Instances") | {"examples": {"one": one, "several": several}}
    answers = {"application/json": _either("Answer", "Predictions")}
    return {
        "operationId": "predict",
        "summary": f"Predict {problem.target}",
        "description": REPEATS,
        "parameters": [ref("parameters", "Explain")],
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {
            "200": response("One answer, or one for each record in their order.", answers),
            **{str(status): ref("responses", f"Problem{status}") for status in PROBLEMS},
        },
    }


def _about() -> Json:
    page = {"text/html": {"schema": TEXT}}
    about = _reading("about", "Describe the service, to a browser as a page", schema_ref("Service"))
    about["responses"]["200"]["content"] |= page
    return about


def _readings() -> Json:
    """Return the operations that only tell how the service is, by the name of their path."""
    ready = object_of({"status": {"const": "ready"}, "model_version": VERSION})
    readings = {
        "health": _reading("health", "Tell that it runs", object_of({"status": {"const": "ok"}})),
        "ready": _reading("ready", "Tell whether there is a model to answer with", ready),
        "version": _reading(
            "version", "Tell which code and which model answer", schema_ref("Version")
        ),
        "openapi.json": _reading("openapi", "Return this document", {"type": "object"}),
    }
    readings["ready"]["responses"]["503"] = ref("responses", "Problem503")
    return readings


def _reading(name: str, summary: str, schema: Json) -> Json:
    answer = response(f"{summary}.", {"application/json": {"schema": schema}})
    return {"operationId": name, "summary": summary, "responses": {"200": answer}}


def _either(*names: str) -> Json:
    return {"schema": {"oneOf": [schema_ref(name) for name in names]}}
