"""The deployed entry points behind functions-framework, and every form an event may come in."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.shortcuts import kept_open, trained_once
from titanic_mlops import functions
from titanic_mlops.events import LANDING, ObjectFinalized
from titanic_mlops.functions import delivery
from titanic_mlops.messages import FINALIZED, PUBLISHED
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings

SOURCES = Path(functions.__path__[0])
AT = "2026-01-02T03:04:05.123456789Z"
JSON = "application/json"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def open_tables(home: Path) -> Iterator[None]:
    """Keep the home's tables open in this process, where no other one needs them."""
    with kept_open(home / "titanic.duckdb"):
        yield


@pytest.fixture
def known_models() -> Iterator[None]:
    """Train on the same rows once."""
    with trained_once():
        yield


@pytest.fixture
def platform(home: Path) -> LocalPlatform:
    return open_local(Settings(home), load_problem("titanic"))


@pytest.fixture
def serve(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], FlaskClient]]:
    """Serve a function by name, as a process that has just started does."""
    # What functions-framework writes into the process is taken back after the test.
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("TITANIC_MLOPS_HOME", str(home))
    monkeypatch.setenv("PROBLEM", "titanic")
    delivery.world.cache_clear()

    def served(name: str) -> FlaskClient:
        monkeypatch.delenv("FUNCTION_SIGNATURE_TYPE", raising=False)
        app: Flask = functions_framework.create_app(name, str(SOURCES / f"{name}.py"))  # type: ignore[no-untyped-call] # it has no types
        return app.test_client()

    yield served
    for name in ("ingest_data", "train_model"):
        sys.modules.pop(name, None)
    delivery.world.cache_clear()


@pytest.fixture
def ingest_data(serve: Callable[[str], FlaskClient]) -> FlaskClient:
    return serve("ingest_data")


@pytest.fixture
def land(platform: LocalPlatform) -> Callable[[str, bytes], ObjectFinalized]:
    """Write an object into the landing bucket; return its event."""

    def write(name: str, data: bytes) -> ObjectFinalized:
        info = platform.ports.landing.put(f"titanic/{name}", data)
        return ObjectFinalized(LANDING_BUCKET, info.key, info.version)

    return write


def post(
    client: FlaskClient,
    body: object,
    headers: Mapping[str, str] = {},
    *,
    path: str = "/",
    media: str = JSON,
) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data=data, headers=dict(headers), content_type=media)


def message(data: bytes, attributes: Mapping[str, str], name: str) -> dict[str, Any]:
    """Return a message as Pub/Sub words it."""
    return {
        "data": b64encode(data).decode(),
        "attributes": dict(attributes),
        "messageId": name,
        "publishTime": AT,
    }


def context(kind: str, source: str, name: str) -> dict[str, str]:
    """Return the attributes of a CloudEvent."""
    return {"specversion": "1.0", "id": name, "type": kind, "source": source, "time": AT}


def push(
    client: FlaskClient, data: bytes, attributes: Mapping[str, str], topic: str, name: str
) -> TestResponse:
    """Post a message as a push subscription does, its topic in the path."""
    body = {
        "message": message(data, attributes, name),
        "subscription": "projects/p/subscriptions/s",
    }
    return post(client, body, path=f"/projects/p/topics/{topic}")


def push_without_topic(
    client: FlaskClient, data: bytes, attributes: Mapping[str, str], topic: str, name: str
) -> TestResponse:
    """Post a message as a push subscription does whose address says no topic."""
    body = {
        "message": message(data, attributes, name),
        "subscription": f"projects/p/subscriptions/{topic}",
    }
    return post(client, body)


def binary(
    client: FlaskClient, data: bytes, attributes: Mapping[str, str], topic: str, name: str
) -> TestResponse:
    """Post a message as a CloudEvent whose attributes are headers."""
    said = context(PUBLISHED, f"//pubsub.googleapis.com/projects/p/topics/{topic}", name)
    headers = {f"ce-{name}": value for name, value in said.items()}
    return post(client, {"message": message(data, attributes, name)}, headers)


def structured(
    client: FlaskClient, data: bytes, attributes: Mapping[str, str], topic: str, name: str
) -> TestResponse:
    """Post a message as a CloudEvent that is one JSON document."""
    said = context(PUBLISHED, f"//pubsub.googleapis.com/projects/p/topics/{topic}", name)
    body = {**said, "data": {"message": message(data, attributes, name)}}
    return post(client, body, media="application/cloudevents+json")


def storage(event: ObjectFinalized, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return attributes and data of the event that Cloud Storage sends of an object."""
    said = context(FINALIZED, f"//storage.googleapis.com/projects/_/buckets/{event.bucket}", name)
    data = {"bucket": event.bucket, "name": event.name, "generation": str(event.generation)}
    return said, data


def finalized(client: FlaskClient, event: ObjectFinalized, name: str) -> TestResponse:
    """Post the event of Cloud Storage, its attributes as headers."""
    said, data = storage(event, name)
    return post(client, data, {f"ce-{name}": value for name, value in said.items()})


def finalized_structured(client: FlaskClient, event: ObjectFinalized, name: str) -> TestResponse:
    """Post the event of Cloud Storage as one JSON document."""
    said, data = storage(event, name)
    return post(client, {**said, "data": data}, media="application/cloudevents+json")


Form = Callable[[FlaskClient, bytes, Mapping[str, str], str, str], TestResponse]
MESSAGES: tuple[Form, ...] = (push, push_without_topic, binary, structured)
"""Every form in which a message on a topic may come."""


def notified(
    form: Form, data: bytes
) -> Callable[[FlaskClient, ObjectFinalized, str], TestResponse]:
    """Return how a storage notification comes whose message has these data."""

    def tell(client: FlaskClient, event: ObjectFinalized, name: str) -> TestResponse:
        return form(client, data, event.to_attributes(), LANDING, name)

    return tell


LANDINGS: dict[str, Callable[[FlaskClient, ObjectFinalized, str], TestResponse]] = {
    **{f"{form.__name__} with data": notified(form, b'{"kind": "o"}') for form in MESSAGES},
    **{f"{form.__name__} without data": notified(form, b"") for form in MESSAGES},
    "finalized": finalized,
    "finalized structured": finalized_structured,
}
"""Every form in which the news of a landed file may come."""
