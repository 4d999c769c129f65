"""The functions behind the command line of functions-framework, asked over a socket."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.functions.conftest import SOURCES, message, storage
from tests.functions.test_deliveries import FEW, ROWS, Land, count, entry
from titanic_mlops.card import Card, Snapshot, StoredFile
from titanic_mlops.learning.model import Model
from titanic_mlops.pipeline.dead_letters import dead_letters
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.registry import Registry

JACK = {
    "PassengerId": 9001,
    "Pclass": "3",
    "Name": "",
    "Sex": "male",
    "Age": 20,
    "SibSp": 0,
    "Parch": 0,
    "Ticket": "",
    "Fare": 8,
    "Cabin": "",
    "Embarked": "S",
}
FRAMEWORK = (sys.executable, "-m", "functions_framework")
ORIGIN = "access-control-allow-origin"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Asked = tuple[int, dict[str, str], Any]
Ask = Callable[..., Asked]


@contextmanager
def serving(name: str, home: Path, *options: str) -> Iterator[Ask]:
    """Serve a function by the framework's own server; yield a way to ask it."""
    source = str(SOURCES / f"{name}.py")
    address = ("--host", "127.0.0.1", "--port", "0")
    settings = {"TITANIC_MLOPS_HOME": str(home), "PROBLEM": "titanic", "GUNICORN_LOG_LEVEL": "info"}
    with subprocess.Popen(
        [*FRAMEWORK, "--target", name, "--source", source, *address, *options],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings},
    ) as server:
        assert server.stderr is not None
        try:
            lines = iter(server.stderr.readline, "")
            told = (re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line) for line in lines)
            port = next(found[1] for found in told if found)
            yield partial(ask, int(port))
        finally:
            server.terminate()
            server.stderr.read()  # what it still has to say must not keep it from ending


def ask(
    port: int,
    body: object = None,
    *,
    method: str = "POST",
    path: str = "/",
    media: str = "application/json",
    headers: dict[str, str] | None = None,
) -> Asked:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {"Content-Type": media, **(headers or {})}
    connection.request(method, path, data if method == "POST" else None, said)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    found = {name.lower(): value for name, value in answer.getheaders()}
    is_json = found.get("content-type", "").partition(";")[0].endswith("json")
    return answer.status, found, json.loads(text) if is_json else text


@pytest.fixture
def champion(platform: LocalPlatform, titanic_model: Model) -> Model:
    """Register and promote the model that the real table gives."""
    registry = Registry(platform.ports.storage, "titanic")
    files = titanic_model.to_bytes()

    def card(version: int) -> Card:
        return Card(
            version=version,
            problem="titanic",
            created_at=NOW.isoformat(),
            model={"model.npz": StoredFile.of(files[0]), "model.json": StoredFile.of(files[1])},
            schema_sha256="",
            snapshot=Snapshot("", 0, {}, {}, 0),
            split_salt="titanic",
            code_version="",
            libraries={},
            parameters={},
            metrics={},
            verdict={},
        )

    registry.promote(registry.register(files, card).version, by="a test", why="a test", at=NOW)
    return titanic_model


def test_a_file_is_ingested_by_the_framework_over_a_socket(
    home: Path, platform: LocalPlatform, land: Land
) -> None:
    event = land("some.csv", FEW)
    said, data = storage(event, "1")
    pushed = {
        "message": message(b"", event.to_attributes(), "2"),
        "subscription": "projects/p/subscriptions/s",
    }
    garbage = {"message": message(b"x", {}, "3"), "subscription": "projects/p/subscriptions/s"}
    with serving("ingest_data", home) as ask:
        binary = {f"ce-{name}": value for name, value in said.items()}
        assert ask(data, headers=binary)[0] == 200
        assert entry(platform).state == "announced"
        assert ask({**said, "data": data}, media="application/cloudevents+json")[0] == 200
        assert ask(pushed, path="/projects/p/topics/landing")[0] == 200
        assert ask(garbage, path="/projects/p/topics/landing")[0] == 200
    assert count(platform, "training_data") == ROWS
    assert [letter.message.id for letter in dead_letters(platform.ports)] == ["3"]


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("option", ["--asgi", "found by its decorator"])
def test_the_mounted_application_answers_as_the_contract_says(
    option: str, home: Path, platform: LocalPlatform
) -> None:
    options = [option] if option.startswith("--") else []
    with serving("predictions_endpoint", home, *options) as ask:
        status, headers, one = ask(JACK)
        assert (status, headers[ORIGIN]) == (200, "*")
        assert (one["prediction"], one["model_version"]) == (0, 1)
        assert 0 < one["probability"] < 0.5

        status, headers, many = ask({"instances": [JACK, {**JACK, "Sex": "female"}]})
        assert (status, headers[ORIGIN]) == (200, "*")
        uuids = {one["uuid"], *(each["uuid"] for each in many["predictions"])}
        assert len(uuids) == 3
        assert many["predictions"][0]["probability"] == one["probability"]

        status, headers, refused = ask({**JACK, "Age": 200, "Sex": "unknown"})
        assert (status, headers[ORIGIN]) == (422, "*")
        assert headers["content-type"] == "application/problem+json"
        assert {fault["pointer"] for fault in refused["errors"]} == {"#/Age", "#/Sex"}

        status, headers, _ = ask(method="OPTIONS")
        assert (status, headers[ORIGIN]) == (204, "*")
        assert "POST" in headers["access-control-allow-methods"]

        for path, expected in (("/ready", 200), ("/openapi.json", 200), ("/nowhere", 404)):
            status, headers, _ = ask(method="GET", path=path)
            assert (status, headers[ORIGIN]) == (expected, "*")
    platform.store_predictions()
    stored = platform.ports.warehouse.query("SELECT uuid FROM predictions").to_pylist()
    assert {row["uuid"] for row in stored} == uuids
    assert count(platform, "predictions_data") == 3


SERVE_ONE = """
import asyncio, json, sys
from functions_framework.aio import create_asgi_app

app = create_asgi_app("predictions_endpoint", sys.argv[1])
body, sent = sys.argv[2].encode(), []

async def receive():
    return {"type": "http.request", "body": body}

async def send(event):
    sent.append(event)

headers = [(b"content-type", b"application/json")]
scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
asyncio.run(app(scope, receive, send))
heavy = {"sklearn", "scipy", "pandas", "duckdb", "pyarrow"}
print(json.dumps([sent[0]["status"], sorted(heavy & set(sys.modules))]))
"""


@pytest.mark.usefixtures("champion")
def test_an_answer_loads_neither_training_nor_the_warehouse(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVE_ONE, SOURCES / "predictions_endpoint.py", json.dumps(JACK)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TITANIC_MLOPS_HOME": str(home), "PROBLEM": "titanic"},
    )
    assert json.loads(done.stdout) == [200, []]
