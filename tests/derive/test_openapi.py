from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator

from tests.invented_flowers import PROBLEM as FLOWERS
from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.derive.openapi import openapi
from titanic_mlops.derive.operations import example_request, operations
from titanic_mlops.learning.amounts import Units
from titanic_mlops.learning.model import Reasons
from titanic_mlops.prediction import Prediction
from titanic_mlops.problems import load_problem, problem_names
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.limits import IDEMPOTENCY_KEY, MAX_INSTANCES
from titanic_mlops.rules.request import read_request
from titanic_mlops.web.routes import ROUTES

TITANIC = load_problem("titanic")
LOG_FLATS = replace(FLATS, target_transform="log")
PROBLEMS = [*map(load_problem, problem_names()), FLATS, LOG_FLATS, FLOWERS]
each_problem = pytest.mark.parametrize(
    "problem", PROBLEMS, ids=lambda p: p.name + p.target_transform
)

UUID = "0b1f0f0e-6d3c-4c5e-9d55-2f6f7c1b2a3d"
REASONS = Reasons(score=0.5, baseline=0.25, contributions={"Sex": 0.25})


def document_of(problem: Problem) -> dict[str, Any]:
    return openapi(problem, ROUTES)


def schema_of(problem: Problem, name: str) -> Draft202012Validator:
    document = {**document_of(problem), "$ref": f"#/components/schemas/{name}"}
    return Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)


def is_request(problem: Problem, body: object) -> bool:
    content = document_of(problem)["paths"]["/"]["post"]["requestBody"]["content"]
    document = {**document_of(problem), **content["application/json"]["schema"]}
    return Draft202012Validator(document).is_valid(body)


def nodes(node: object) -> Iterator[dict[str, Any]]:
    """Yield every object of a JSON document."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from nodes(child)


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    root, *keys = node["$ref"].split("/")
    assert root == "#"
    found = document
    for key in keys:
        found = found[key]
    return found


@each_problem
def test_the_document_is_valid_openapi_3_1(problem: Problem) -> None:
    document = document_of(problem)
    schemathesis.openapi.from_dict(document).validate()
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@each_problem
def test_the_document_is_plain_json(problem: Problem) -> None:
    assert json.loads(json.dumps(document_of(problem), allow_nan=False)) == document_of(problem)


@each_problem
def test_every_reference_resolves_and_every_component_is_used(problem: Problem) -> None:
    document = document_of(problem)
    used = {node["$ref"] for node in nodes(document) if "$ref" in node}
    assert all(resolved(document, {"$ref": ref}) for ref in used)
    components = document["components"].items()
    assert used == {f"#/components/{kind}/{name}" for kind, named in components for name in named}


@each_problem
def test_every_route_has_an_operation_and_every_operation_a_route(problem: Problem) -> None:
    names = [route.operation for route in ROUTES]
    assert sorted(names) == sorted(operations(problem))
    for route in ROUTES:
        operation = document_of(problem)["paths"][route.pattern][route.method.lower()]
        assert operation["operationId"] == route.operation
        assert operation["summary"]


@each_problem
def test_every_response_documents_its_cors_header(problem: Problem) -> None:
    document = document_of(problem)
    for operation in operations(problem).values():
        for response in operation["responses"].values():
            assert "Access-Control-Allow-Origin" in resolved(document, response)["headers"]


@each_problem
def test_every_operation_may_refuse_another_host(problem: Problem) -> None:
    paths = document_of(problem)["paths"].values()
    assert all("421" in one["responses"] for path in paths for one in path.values())


def test_only_retryable_statuses_have_retry_after() -> None:
    document = document_of(TITANIC)
    responses = document["paths"]["/"]["post"]["responses"]
    assert set(responses) == {"200", "400", "408", "413", "415", "421", "422", "429", "500", "503"}
    later = {s for s, r in responses.items() if "Retry-After" in resolved(document, r)["headers"]}
    assert later == {"429", "503"}


@each_problem
def test_the_examples_are_valid_requests(problem: Problem) -> None:
    content = document_of(problem)["paths"]["/"]["post"]["requestBody"]["content"]
    one, several = content["application/json"]["examples"].values()
    assert one["value"] == example_request(problem)
    assert is_request(problem, one["value"])
    assert is_request(problem, several["value"])
    for record in (one["value"], *several["value"]["instances"]):
        read_request(problem, record)


@each_problem
def test_a_request_is_one_record_or_a_batch(problem: Problem) -> None:
    record = example_request(problem)
    assert is_request(problem, {"instances": [record] * MAX_INSTANCES})
    assert is_request(problem, {"instances": [record], "parameters": {}})
    not_requests: list[object] = [
        [record],
        {"instances": []},
        {"instances": record},
        {"instances": [{**record, "more": 1}]},
        {"instances": [record], "more": 1},
        {"instances": [record], "parameters": {"more": 1}},
        {**record, "instances": [record]},
    ]
    for body in not_requests:
        assert not is_request(problem, body)


def answer_of(problem: Problem, *, explain: bool) -> dict[str, Any]:
    if problem.task == "multiclass":
        parts = dict(zip(map(str, problem.classes), (0.6, 0.3, 0.1), strict=True))
        made = Prediction(
            UUID, datetime.now(UTC), 1, {}, problem.classes[0], REASONS,
            probability=0.6, probabilities=parts, class_reasons=dict.fromkeys(parts, REASONS),
        )  # fmt: skip
    elif problem.answer_type is int:
        made = Prediction(UUID, datetime.now(UTC), 1, {}, 1, REASONS, probability=0.6)
    else:
        made = Prediction(
            UUID, datetime.now(UTC), 1, {}, 950.5, REASONS,
            interval=(900.0, 1001.0), interval_level=0.9,
            units=Units(1.0, 1) if problem.target_transform else None,
        )  # fmt: skip
    return made.answer(explain=explain)


@each_problem
@pytest.mark.parametrize("explain", [False, True])
def test_every_prediction_satisfies_its_schema(problem: Problem, *, explain: bool) -> None:
    answer, schema = answer_of(problem, explain=explain), schema_of(problem, "Answer")
    schema.validate(answer)
    schema.validate({**answer, "record": "deferred"})
    schema_of(problem, "Predictions").validate({"predictions": [answer, answer]})
    for name in {
        "prediction",
        "probability",
        "probabilities",
        "uuid",
        "model_version",
        "baseline",
    } & set(answer):
        assert not schema.is_valid({n: value for n, value in answer.items() if n != name})
    wrong = {"prediction": "1", "uuid": "1", "model_version": 0, "record": "kept"}
    for name, value in wrong.items():
        assert not schema.is_valid({**answer, name: value})


def test_every_class_has_a_label() -> None:
    schemas = document_of(TITANIC)["components"]["schemas"]
    assert schemas["Answer"]["x-target-labels"] == ["died", "survived"]
    assert not schema_of(TITANIC, "Answer").is_valid(
        answer_of(TITANIC, explain=False) | {"prediction": 2}
    )
    assert "x-target-labels" not in document_of(FLATS)["components"]["schemas"]["Answer"]


def test_a_problem_document_lists_its_faults() -> None:
    schema = schema_of(TITANIC, "ProblemDetails")
    fault = {"pointer": "#/Age", "code": "range", "detail": "must be a number from 0 to 120 years"}
    problem = {"type": "about:blank", "title": "Request refused", "status": 422, "detail": "Age"}
    schema.validate(problem)
    schema.validate({**problem, "errors": [fault], "trace_id": "1"})
    assert not schema.is_valid({**problem, "errors": [{"pointer": "#/Age"}]})


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        ("a", True),
        ("!~" * 127, True),
        ("", False),
        ("a b", False),
        ("é", False),
        ("a" * 256, False),
    ],
)
def test_an_idempotency_key_is_printable_ascii(key: str, *, fits: bool) -> None:
    assert bool(re.fullmatch(IDEMPOTENCY_KEY, key)) == fits
