"""The requests of the course's page, and what the service guarantees for them."""

from __future__ import annotations

import http.client
import json
import logging
import math
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.web.conftest import JSON, RECORD, Served, application_on, eventually, serving
from tests.web.http1 import PATIENCE, Answer, Wire, wire_to
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.problems import load_problem
from titanic_mlops.web import connection
from titanic_mlops.web.champion import ChampionInMemory

PAGE_HEADERS = {
    "Origin": "http://localhost:4200",
    "Referer": "http://localhost:4200/",
    "Content-Type": "application/json",
    "Accept": "application/json, text/plain, */*",
}
PAGE_RECORD = {
    "Pclass": "1",
    "Name": "",
    "Sex": "female",
    "Age": 29,
    "SibSp": 0,
    "Parch": 0,
    "Ticket": "",
    "Fare": 100,
    "Cabin": "",
    "Embarked": "S",
}
CANARY = "Zanzibar-Canary"
PAUSE = 0.5
"""Seconds after which a server that does not wait has ended."""
HEAD = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def from_page(served: Served) -> Answer:
    return served.request("POST", "/", json.dumps(PAGE_RECORD).encode(), PAGE_HEADERS)


def in_view(served: Served, columns: str = "*") -> list[dict[str, Any]]:
    """Store what is in the queue, and return the rows of the view `predictions`."""
    platform = served.platform()
    platform.store_predictions()
    rows = platform.warehouse.query(f"SELECT {columns} FROM predictions").to_pylist()
    platform.queue.close()
    return list(rows)


def test_a_preflight_of_another_origin_allows_its_post(served: Served) -> None:
    asked = {
        "Origin": "http://localhost:4200",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key",
    }
    answer = served.request("OPTIONS", "/", headers=asked)
    assert answer.status == 204
    assert answer.body == b""
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"].split(", ")
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert set(allowed) >= {"content-type", "idempotency-key"}


def test_two_posts_of_one_click_are_two_predictions(
    served: Served,
) -> None:
    uuids = []
    for _ in range(2):
        answer = from_page(served)
        recorded = served.records()[-1]
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        document = answer.json
        assert type(document["prediction"]) is int
        assert document["prediction"] in {0, 1}
        assert type(document["probability"]) is float
        assert type(document["model_version"]) is int
        assert UUID(document["uuid"]).version == 4
        assert recorded == recorded | document
        assert recorded["Pclass"] == 1
        assert recorded["Name"] is recorded["Ticket"] is recorded["Cabin"] is None
        uuids.append(document["uuid"])
    assert [record["uuid"] for record in served.records()] == uuids
    assert sorted(row["uuid"] for row in in_view(served)) == sorted(uuids)
    assert len(set(uuids)) == 2


def test_the_contributions_of_every_feature_sum_to_the_score(served: Served) -> None:
    for record in (RECORD, PAGE_RECORD):
        answer = served.post(record, "/?explain=true").json
        whole = answer["baseline"] + sum(answer["contributions"].values())
        assert math.isclose(whole, answer["score"], abs_tol=1e-9)
        assert math.isclose(answer["probability"], 1 / (1 + math.exp(-answer["score"])))
        assert set(answer["contributions"]) == set(load_problem("titanic").feature_columns)
        assert len(set(answer["contributions"].values())) > 2


def test_a_batch_predicts_each_record_as_alone_and_in_order(served: Served) -> None:
    records = [
        RECORD | {"PassengerId": age, "Age": age, "Sex": sex, "Pclass": pclass}
        for age, sex, pclass in [(2, "male", 3), (40, "female", 1), (71, "male", 1), (9, "male", 2)]
    ]
    alone = [served.post(record).json["probability"] for record in records]
    assert len(set(alone)) == 4
    before = served.recorded()
    batch = served.post({"instances": records}).json["predictions"]
    assert [one["probability"] for one in batch] == alone
    recorded = served.records(skip=before)
    assert [row["uuid"] for row in recorded] == [one["uuid"] for one in batch]
    assert [row["PassengerId"] for row in recorded] == [2, 40, 71, 9]


def test_a_retry_with_its_key_gets_the_same_response(served: Served) -> None:
    first, again = (served.post(RECORD, key="click-1") for _ in range(2))
    assert first.status == again.status == 200
    assert first.json == again.json
    assert served.post(RECORD, key="click-2").json["uuid"] != first.json["uuid"]
    assert served.post(RECORD).json["uuid"] != first.json["uuid"]
    stored = [row["uuid"] for row in in_view(served)]
    assert stored.count(first.json["uuid"]) == 1
    assert len(stored) == 3


def test_concurrent_requests_with_one_key_are_one_prediction(served: Served) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> Answer:
        together.wait(PATIENCE)
        return served.post({"instances": [RECORD, PAGE_RECORD]}, key="click")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    uuids = [one["uuid"] for one in answers[0].json["predictions"]]
    assert [record["uuid"] for record in served.records()] == uuids
    assert len(set(uuids)) == 2


def test_a_key_with_another_body_is_invalid(served: Served) -> None:
    first = served.post(RECORD, key="click")
    other = served.post(RECORD | {"Name": CANARY}, key="click")
    assert other.status == 422
    assert other.headers["access-control-allow-origin"] == "*"
    assert [(e["pointer"], e["code"]) for e in other.json["errors"]] == [("#", "idempotency_key")]
    assert CANARY not in other.body.decode()
    assert served.post(RECORD, key="click").json == first.json
    assert served.recorded() == 1


def test_a_key_of_an_invalid_request_can_be_used_again(served: Served) -> None:
    assert served.post(RECORD | {"Age": 121}, key="click").status == 422
    assert served.post(RECORD, key="click").status == 200


def test_another_process_derives_the_same_uuid_from_a_key(home: Path) -> None:
    uuids, batches, processes = [], [], []
    for _ in range(2):
        with serving(application_on(home), home) as served:
            processes.append(served)
            uuids.append(served.post(RECORD, key="click").json["uuid"])
            batch = served.post({"instances": [RECORD, RECORD]}, key="batch").json["predictions"]
            batches.append([one["uuid"] for one in batch])
    served = processes[-1]
    assert uuids[0] == uuids[1]
    assert batches[0] == batches[1]
    assert served.recorded() == 6
    stored = [row["uuid"] for row in in_view(served)]
    assert sorted(stored) == sorted([uuids[0], *batches[0]])


def test_a_request_above_the_pending_limit_gets_429(home: Path) -> None:
    body = json.dumps(RECORD).encode()
    with (
        serving(application_on(home, max_pending=1), home) as served,
        wire_to(served.port) as slow,
    ):
        hang(slow, len(body))
        refused = served.post(RECORD)
        assert refused.status == 429
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["access-control-allow-origin"] == "*"
        assert refused.headers["content-type"] == "application/problem+json"
        assert served.get("/health").status == 200
        assert served.recorded() == 0
        slow.send(body)
        assert slow.receive().status == 200
        assert served.post(RECORD).status == 200
        assert served.recorded() == 2


def test_an_aborted_request_is_no_longer_pending(home: Path) -> None:
    with serving(application_on(home, max_pending=1), home) as served:
        with wire_to(served.port) as slow:
            hang(slow, 10)
            assert served.post(RECORD).status == 429
            assert slow.end() == b""
        assert served.post(RECORD).status == 200


def hang(slow: Wire, length: int) -> None:
    """Send the head of a request; return once the application waits for the body."""
    slow.send(f"{HEAD}Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n".encode())
    assert slow.receive_interim() == 100


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    bodies = [json.dumps(RECORD | {"PassengerId": number}).encode() for number in (1, 2, 3)]
    with wire_to(served.port) as wire:
        wire.send(b"".join(f"{HEAD}Content-Length: {len(b)}\r\n\r\n".encode() + b for b in bodies))
        uuids = [wire.receive().json["uuid"] for _ in bodies]
    assert [record["uuid"] for record in served.records()] == uuids
    assert [record["PassengerId"] for record in served.records()] == [1, 2, 3]


def test_a_client_that_disconnects_early_leaves_a_record(home: Path) -> None:
    application = application_on(home)
    recorder = application.service.predictions._recorder
    body = json.dumps(RECORD).encode()
    with serving(application, home) as served:
        with locked(served), wire_to(served.port) as wire:
            hang(wire, len(body))
            wire.send(body)
            eventually(lambda: recorder._writer is not None)
        eventually(lambda: recorder._writer is None)
        kept = [*served.records(), *spooled(served)]
    assert [record["Ticket"] for record in kept] == ["A/5 21171"]


def test_without_a_model_the_service_is_healthy_but_not_ready(
    trained: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with serving(application_on(home), home) as served:
        assert served.get("/health").status == 200
        for answer in (served.post(RECORD), served.get("/ready")):
            assert answer.status == 503
            assert answer.headers["retry-after"] == "5"
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "prediction" not in answer.json
        shutil.copytree(trained / "storage", home / "storage")
        eventually(lambda: served.get("/ready").status == 200)
        assert served.post(RECORD).status == 200


@contextmanager
def locked(served: Served) -> Iterator[None]:
    """Hold the queue as another connection with a long write does."""
    path = served.home / "titanic.queue.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def spooled(served: Served) -> list[dict[str, Any]]:
    files = sorted((served.home / "storage" / "spool" / "titanic").glob("*"))
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_a_record_is_spooled_while_the_queue_is_locked(served: Served, *, warm: bool) -> None:
    before = [served.post(PAGE_RECORD).json["uuid"]] if warm else []
    with locked(served):
        answer = served.post({"instances": [RECORD, RECORD]})
    assert answer.status == 200
    deferred = answer.json["predictions"]
    assert [one["record"] for one in deferred] == ["deferred", "deferred"]
    assert [type(one["prediction"]) for one in deferred] == [int, int]
    assert [record["uuid"] for record in spooled(served)] == [one["uuid"] for one in deferred]
    assert [record["uuid"] for record in served.records()] == before
    platform = served.platform()
    assert republish(platform.problem, platform.ports) == 2
    assert republish(platform.problem, platform.ports) == 0
    assert spooled(served) == []
    expected = sorted([*before, *(one["uuid"] for one in deferred)])
    assert sorted(row["uuid"] for row in in_view(served)) == expected
    assert "record" not in served.post(RECORD).json


def test_a_record_published_twice_from_the_spool_counts_once(served: Served) -> None:
    with locked(served):
        deferred = served.post(RECORD).json
    platform = served.platform()
    spool = served.home / "storage" / "spool"
    shutil.copytree(spool, served.home / "kept")
    republish(platform.problem, platform.ports)
    shutil.copytree(served.home / "kept", spool, dirs_exist_ok=True)
    republish(platform.problem, platform.ports)
    assert [record["uuid"] for record in served.records()] == [deferred["uuid"]] * 2
    assert [row["uuid"] for row in in_view(served)] == [deferred["uuid"]]


@pytest.mark.parametrize("folder", ["storage", "storage/spool"])
def test_without_queue_and_spool_there_is_no_prediction(
    served: Served, caplog: pytest.LogCaptureFixture, folder: str
) -> None:
    assert served.get("/ready").status == 200
    if (served.home / folder).exists():
        (served.home / folder).rename(served.home / "kept")
    (served.home / folder).write_bytes(b"a file where the folder was")
    with locked(served):
        answer = served.post(RECORD | {"Name": CANARY})
    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "prediction" not in answer.json
    assert CANARY not in answer.body.decode() + caplog.text
    assert str(served.home) not in answer.body.decode()
    assert "Answered 503" in caplog.text
    assert served.records() == []
    assert served.post(RECORD).status == 200


@pytest.mark.parametrize(
    ("owner", "name"),
    [(ChampionInMemory, "current"), (SQLiteQueue, "publish_all")],
    ids=["champion", "queue"],
)
def test_an_unexpected_error_is_a_problem_without_values(
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type,
    name: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY) from KeyError(CANARY)

    with monkeypatch.context() as broken:
        broken.setattr(owner, name, fail)
        answer = served.post(RECORD | {"Name": CANARY}, key="click")
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    problem = answer.json
    assert set(problem) == {"type", "title", "status", "detail", "trace_id"}
    (logged,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert problem["trace_id"] in logged.getMessage()
    assert "RuntimeError" in logged.getMessage()
    assert "in fail" in logged.getMessage()
    assert CANARY not in answer.body.decode() + caplog.text
    assert "RuntimeError" not in answer.body.decode()
    assert served.records() == []
    assert served.post(RECORD, key="click").status == 200


def test_concurrent_requests_each_have_their_own_record(served: Served) -> None:
    def ask(number: int) -> tuple[int, str]:
        return number, str(served.post(RECORD | {"PassengerId": number}).json["uuid"])

    with ThreadPoolExecutor(16) as pool:
        answered = dict(pool.map(ask, range(1, 65)))
    assert {record["PassengerId"]: record["uuid"] for record in served.records()} == answered
    assert len(set(answered.values())) == 64
    assert served.recorded() == 64


def test_a_connection_is_kept_after_predictions_and_errors(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    with closing(connection):
        connection.connect()
        first = connection.sock
        bodies: list[tuple[bytes, dict[str, str], int]] = [
            (json.dumps(RECORD).encode(), JSON, 200),
            (b"{", JSON, 400),
            (b"x" * 65537, JSON, 413),
            (b"{}", {}, 415),
            (b"{}", JSON, 422),
            (json.dumps(RECORD).encode(), JSON, 200),
        ]
        for body, headers, status in bodies:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            response.read()
            assert response.status == status
            assert connection.sock is first


def test_sigterm_lets_pending_requests_finish(home: Path) -> None:
    body = json.dumps(RECORD).encode()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        served = Served(listening.getsockname()[1], home)
        server = subprocess.Popen(
            [sys.executable, "-m", "titanic_mlops.platforms.local.server", str(listening.fileno())],
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,
            env={**os.environ, "TITANIC_MLOPS_HOME": str(home)},
        )
    with server, wire_to(served.port) as slow:
        hang(slow, len(body))
        server.send_signal(signal.SIGTERM)
        eventually(lambda: not is_listening(served.port))
        assert server.poll() is None
        slow.send(PAUSE, body)
        answer = slow.receive()
        assert answer.status == 200
        assert server.wait(PATIENCE) in {0, -signal.SIGTERM}
    assert [record["uuid"] for record in served.records()] == [answer.json["uuid"]]


def is_listening(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def test_an_endless_head_gets_408(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as begun:
        begun.sendall(b"GET /health HTTP/1.1\r\nHost: ")
        answer = begun.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"access-control-allow-origin: *" in answer
    with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as silent:
        assert silent.makefile("rb").read() == b""
    assert served.get("/health").status == 200


def test_a_key_and_another_body_never_share_a_record(home: Path) -> None:
    answers = []
    for record in (RECORD, RECORD | {"Pclass": 1}):
        with serving(application_on(home), home) as restarted:  # a process that knows no key yet
            answers.append(restarted.post(record, key="order-17").json["uuid"])
    assert len(set(answers)) == 2
