"""One file of `cases/` per kind of request: the bytes sent, and the expected outcome."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import Served, application_on, serving
from tests.web.http1 import Answer, Step, request_bytes, wire_to

CASES = Path(__file__).parent / "cases"
KINDS = sorted(path.stem for path in CASES.glob("*.json"))
CANARY = "zanzibar"
HASTY_SECONDS = 0.1
SHORT = 4
"""Shorter texts, such as "1.5", may occur in the words for a range."""
SEXES = {"female", "male"}
"""The words for a category list them."""

REQUEST = {"method", "target", "headers", "json", "body", "base64", "pieces"}
"""`pieces` is a body in parts, each with its number of repetitions."""
OUTCOME = {"status", "says", "interim"}
"""`says` selects headers; `status` null: the client disconnects and gets no response."""
PROBLEM = {"errors", "unordered", "count", "detail", "says_fault"}
"""`says_fault` is part of the words of the first fault."""
ANSWER = {"answers", "like", "members", "has", "lacks", "stored", "page"}
"""`answers` predictions are recorded; `like` names a case whose prediction is the same."""

Case = dict[str, Any]


def load(kind: str) -> Case:
    case: Case = json.loads((CASES / f"{kind}.json").read_text(encoding="utf-8"))
    return case


@pytest.fixture(scope="module")
def servers(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    """Serve a champion, a champion with a short body timeout, and no champion."""
    empty = tmp_path_factory.mktemp("empty")
    home = Path(shutil.copytree(trained, tmp_path_factory.mktemp("usual") / "home"))
    with ExitStack() as running:
        yield {
            "usual": running.enter_context(serving(application_on(home), home)),
            "hasty": running.enter_context(
                serving(application_on(home, body_seconds=HASTY_SECONDS), home)
            ),
            "empty": running.enter_context(serving(application_on(empty), empty)),
        }


def test_every_case_has_known_members() -> None:
    assert {path.name for path in CASES.iterdir()} == {f"{kind}.json" for kind in KINDS}
    for kind in KINDS:
        case = load(kind)
        ask = {"raw"} if "raw" in case else {"request"}
        about = ANSWER if case["status"] in {200, 204} else PROBLEM
        assert ask | {"status"} <= set(case) <= ask | {"server"} | OUTCOME | about, kind
        assert set(case.get("request", {})) <= REQUEST, kind
        assert len({"json", "body", "base64", "pieces"} & set(case.get("request", {}))) <= 1, kind


def test_every_status_that_a_client_can_cause_has_a_case() -> None:
    caused = {load(kind)["status"] for kind in KINDS}
    assert caused == {200, 204, 400, 404, 405, 408, 413, 415, 421, 422, 431, 503, None}


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_answered_as_its_case_says(
    kind: str, servers: dict[str, Served], caplog: pytest.LogCaptureFixture
) -> None:
    case = load(kind)
    served = servers[case.get("server", "usual")]
    before = served.recorded()
    answer = sent(served, case)
    if answer is None:
        assert case["status"] is None
        assert_answered_next(served)
        before += 1  # records keep their order: one of the broken-off request would be left over
    recorded = served.records(skip=before)
    if answer is not None:
        assert answer.status == case["status"], answer
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == "Allow, Retry-After"
        assert answer.interim == case.get("interim", [])
        assert {name: answer.headers.get(name) for name in case.get("says", {})} == case.get(
            "says", {}
        )
        check = assert_problem if answer.status >= HTTPStatus.BAD_REQUEST else assert_answer
        check(answer, case, served)
    assert len(recorded) == case.get("answers", 0)
    for name, value in case.get("stored", {}).items():
        assert recorded[0][name] == value
    assert CANARY not in caplog.text.lower()
    assert served.get("/health").status == HTTPStatus.OK


def assert_answered_next(served: Served) -> None:
    answer = sent(served, load("one_record"))
    assert answer is not None
    assert answer.status == HTTPStatus.OK


def sent(served: Served, case: Case) -> Answer | None:
    """Run a case on its own connection; return None when the server sends no response."""
    with wire_to(served.port) as wire:
        wire.send(*steps_of(case))
        if case["status"] is None:
            assert wire.end() == b""
            return None
        return wire.receive(case.get("request", {}).get("method", "POST"))


def steps_of(case: Case) -> list[Step]:
    if "request" not in case:
        return [step if isinstance(step, float) else as_bytes(step) for step in case["raw"]]
    request = case["request"]
    headers = request.get("headers", {}).items()
    return [request_bytes(request["method"], request["target"], headers, body_of(request))]


def body_of(request: Mapping[str, Any]) -> bytes | None:
    if "json" in request:
        return json.dumps(request["json"]).encode()
    if "body" in request:
        return str(request["body"]).encode()
    if "base64" in request:
        return b64decode(request["base64"], validate=True)
    if "pieces" in request:
        return b"".join(as_bytes(piece) for piece in request["pieces"])
    return None


def as_bytes(step: str | list[Any]) -> bytes:
    """Return a text, or a text repeated, as one byte per character."""
    text, times = (step, 1) if isinstance(step, str) else step
    return str(text).encode("latin-1") * int(times)


def assert_answer(answer: Answer, case: Case, served: Served) -> None:
    if case.get("page"):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        return
    if answer.status == HTTPStatus.NO_CONTENT:
        assert "content-length" not in answer.headers
        return
    assert answer.headers["content-type"] == "application/json"
    if case.get("request", {}).get("method") == "HEAD":
        target, headers = case["request"]["target"], case["request"].get("headers", {})
        assert int(answer.headers["content-length"]) == len(served.get(target, **headers).body)
        return
    document = answer.json
    assert {name: document[name] for name in case.get("members", {})} == case.get("members", {})
    if "answers" in case:
        batch = "predictions" in document
        predictions = document["predictions"] if batch else [document]
        assert len(predictions) == case["answers"]
        for prediction in predictions:
            assert_prediction(prediction, case)
        if "like" in case:
            assert_like(predictions, sent(served, load(case["like"])))


def assert_prediction(prediction: dict[str, Any], case: Case) -> None:
    assert type(prediction["prediction"]) is int
    assert prediction["prediction"] == int(prediction["probability"] > 0.5)
    assert "record" not in prediction
    assert set(case.get("has", [])) <= set(prediction)
    assert not set(case.get("lacks", [])) & set(prediction)


def assert_like(predictions: list[dict[str, Any]], other: Answer | None) -> None:
    assert other is not None
    expected = {name: other.json[name] for name in ("prediction", "probability", "model_version")}
    for prediction in predictions:
        assert {name: prediction[name] for name in expected} == expected


def assert_problem(answer: Answer, case: Case, _: Served) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    if case.get("request", {}).get("method") == "HEAD":
        assert answer.body == b""
        return
    problem = answer.json
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail"}
    assert problem["type"] == "about:blank"
    assert problem["status"] == answer.status
    assert problem["title"] == HTTPStatus(answer.status).phrase
    assert case.get("detail", "") in problem["detail"]
    errors = problem.get("errors", [])
    assert all(set(error) == {"pointer", "code", "detail"} for error in errors)
    assert all(error["detail"] for error in errors)
    if "says_fault" in case:
        assert case["says_fault"] in errors[0]["detail"]
    if "count" in case:
        assert len(errors) == case["count"]
    else:
        found = [f"{error['pointer']} {error['code']}" for error in errors]
        expected = case.get("errors", [])
        assert sorted(found) == sorted(expected)
        assert case.get("unordered") or found == expected
    assert_says_no_value(answer, case)


def assert_says_no_value(answer: Answer, case: Case) -> None:
    """Require that no text of the request is echoed but the names of fields."""
    said = answer.body.decode()
    assert CANARY not in said.lower()
    try:
        document = json.loads(body_of(case.get("request", {})) or b"null")
    except (ValueError, RecursionError):
        return
    for text in texts_of(document):
        assert len(text) < SHORT or text in SEXES or json.dumps(text).strip('"') not in said


def texts_of(document: object) -> Iterator[str]:
    """Yield every text of a document that is a value."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict | list):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from texts_of(inner)


def test_most_error_cases_carry_a_value_that_must_not_be_echoed() -> None:
    refused = [kind for kind in KINDS if (load(kind)["status"] or 0) >= HTTPStatus.BAD_REQUEST]
    carrying = [kind for kind in refused if CANARY in (CASES / f"{kind}.json").read_text().lower()]
    assert len(carrying) > len(refused) / 2
