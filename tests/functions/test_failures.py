"""What an event function answers when the event, the data or a service is at fault."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.functions.conftest import (
    AT,
    LANDINGS,
    binary,
    context,
    finalized,
    post,
    push,
    push_without_topic,
    storage,
    structured,
)
from tests.functions.test_deliveries import FEW, ROWS, Land, Serve, count, entry
from titanic_mlops.events import LANDING, ObjectFinalized
from titanic_mlops.ledger import Ledger
from titanic_mlops.messages import FINALIZED, PUBLISHED
from titanic_mlops.pipeline.dead_letters import dead_letters
from titanic_mlops.platforms.local.platform import LocalPlatform

STRUCTURED = "application/cloudevents+json"
FILE = ObjectFinalized("landing", "titanic/some.csv", 1)
NOTHING_OF_OURS = (b"garbage", {"kind": "other"})


def event_of_another_type(client: FlaskClient) -> int:
    said = context("com.example.weather", "//example.com", "1")
    return post(client, {**said, "data": {"sun": True}}, media=STRUCTURED).status_code


def event_without_data(client: FlaskClient) -> int:
    return post(client, context(PUBLISHED, "//example.com", "1"), media=STRUCTURED).status_code


def event_with_garbage(client: FlaskClient) -> int:
    said = context(PUBLISHED, "//example.com", "1")
    return post(client, b"\xff\xfe", {f"ce-{k}": v for k, v in said.items()}).status_code


def event_without_a_body(client: FlaskClient) -> int:
    said = context(FINALIZED, "//example.com", "1")
    return post(client, b"", {f"ce-{k}": v for k, v in said.items()}).status_code


def event_without_a_generation(client: FlaskClient) -> int:
    said, data = storage(FILE, "1")
    del data["generation"]
    return post(client, {**said, "data": data}, media=STRUCTURED).status_code


def event_at_no_time(client: FlaskClient) -> int:
    said, data = storage(FILE, "1")
    return post(client, {**said, "time": "noon", "data": data}, media=STRUCTURED).status_code


def push_of_bad_base64(client: FlaskClient) -> int:
    message = {"data": "no base64!", "attributes": {}, "messageId": "1", "publishTime": AT}
    return post(client, {"message": message, "subscription": "s"}).status_code


def push_of_bad_attributes(client: FlaskClient) -> int:
    message = {"data": "", "attributes": [1], "messageId": "1", "publishTime": AT}
    return post(client, {"message": message, "subscription": "s"}).status_code


MALFORMED: list[Callable[[FlaskClient], int]] = [
    event_of_another_type,
    event_without_data,
    event_with_garbage,
    event_without_a_body,
    event_without_a_generation,
    event_at_no_time,
    push_of_bad_base64,
    push_of_bad_attributes,
    *(
        lambda client, form=form: form(client, *NOTHING_OF_OURS, "elsewhere", "1").status_code
        for form in (push, push_without_topic, binary, structured)
    ),
]


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def tracebacks(log: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in log.records if record.exc_info or "Traceback" in record.message]


@pytest.mark.usefixtures("open_tables")
@pytest.mark.parametrize(
    ("name", "number"),
    [*(("ingest_data", n) for n in range(len(MALFORMED))), ("train_model", 0), ("train_model", 8)],
)
def test_a_malformed_event_is_acknowledged_and_kept_once(
    name: str, number: int, serve: Serve, platform: LocalPlatform, log: pytest.LogCaptureFixture
) -> None:
    client = serve(name)
    for _ in range(2):
        assert MALFORMED[number](client) == 200
    (letter,) = dead_letters(platform.ports)
    assert (letter.message.id, letter.attempts) == ("1", 1)
    assert letter.reason in log.text
    assert count(platform, "dead_letters") == 1
    assert tracebacks(log) == []
    assert list(Ledger(platform.ports.storage, "titanic").entries()) == []


def test_the_dead_letter_of_a_malformed_event_holds_its_content(
    ingest_data: FlaskClient, platform: LocalPlatform
) -> None:
    assert event_of_another_type(ingest_data) == 200
    (letter,) = dead_letters(platform.ports)
    assert (letter.message.topic, letter.message.data) == (LANDING, b'{"sun": true}')
    assert letter.message.attributes["type"] == "com.example.weather"
    assert "com.example.weather" in letter.reason


def test_a_dead_letter_of_another_topic_is_kept_unchanged(
    ingest_data: FlaskClient, platform: LocalPlatform
) -> None:
    assert push(ingest_data, *NOTHING_OF_OURS, "elsewhere", "1").status_code == 200
    (letter,) = dead_letters(platform.ports)
    assert letter.message.topic == "elsewhere"
    assert (letter.message.data, dict(letter.message.attributes)) == NOTHING_OF_OURS


@pytest.mark.usefixtures("open_tables")
@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"PK\x03\x04" + bytes(60), "not text"),
        (b"".join(FEW.splitlines(keepends=True)[1:]), "header"),
        (b"", "empty"),
    ],
    ids=["a zip", "no header", "nothing"],
)
def test_a_file_at_fault_is_acknowledged_and_quarantined(
    data: bytes,
    word: str,
    ingest_data: FlaskClient,
    platform: LocalPlatform,
    land: Land,
    log: pytest.LogCaptureFixture,
) -> None:
    event = land("some.csv", data)
    for tell in LANDINGS.values():
        assert tell(ingest_data, event, "1").status_code == 200
    assert entry(platform).state == "quarantined"
    assert word in entry(platform).reason
    assert entry(platform).reason in log.text
    assert (count(platform, "ingestions"), count(platform, "training_data")) == (1, 0)
    assert (dead_letters(platform.ports), platform.queue.depth(), tracebacks(log)) == ([], 0, [])


def refused(client: FlaskClient, event: ObjectFinalized, log: pytest.LogCaptureFixture) -> str:
    """Deliver an event that cannot be taken now; return the reason that was answered."""
    answer = finalized(client, event, "1")
    reason = answer.get_data(as_text=True)
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert "\n" not in reason.strip()
    assert f"Redelivery is needed: {reason}" in log.text
    assert tracebacks(log) == []
    return reason


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold a DuckDB file in another process, as a SQL shell does."""
    code = (
        "import duckdb, sys; held = duckdb.connect(sys.argv[1]);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.communicate()


def test_a_locked_warehouse_asks_for_redelivery(
    home: Path,
    ingest_data: FlaskClient,
    platform: LocalPlatform,
    land: Land,
    log: pytest.LogCaptureFixture,
) -> None:
    event = land("some.csv", FEW)
    with holding(home / "titanic.duckdb"):
        assert "titanic.duckdb" in refused(ingest_data, event, log)
    assert dead_letters(platform.ports) == []
    assert finalized(ingest_data, event, "1").status_code == 200
    assert (entry(platform).state, count(platform, "training_data")) == ("announced", ROWS)


def test_an_unavailable_storage_asks_for_redelivery(
    home: Path,
    ingest_data: FlaskClient,
    platform: LocalPlatform,
    land: Land,
    log: pytest.LogCaptureFixture,
) -> None:
    event = land("some.csv", FEW)
    shutil.rmtree(home / "storage")
    (home / "storage").write_bytes(b"a file where a folder belongs")
    assert "storage" in refused(ingest_data, event, log)
    (home / "storage").unlink()
    assert finalized(ingest_data, event, "1").status_code == 200
    assert (entry(platform).state, count(platform, "training_data")) == ("announced", ROWS)


def test_a_disk_without_room_asks_for_redelivery(
    tmp_path: Path,
    ingest_data: FlaskClient,
    platform: LocalPlatform,
    land: Land,
    monkeypatch: pytest.MonkeyPatch,
    log: pytest.LogCaptureFixture,
) -> None:
    event = land("some.csv", FEW)
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
        assert "not there" in refused(ingest_data, event, log)
    assert finalized(ingest_data, event, "1").status_code == 200
    assert entry(platform).state == "announced"


def test_an_unwritable_home_asks_for_redelivery(
    home: Path, ingest_data: FlaskClient, log: pytest.LogCaptureFixture
) -> None:
    home.write_bytes(b"a file where a folder belongs")
    assert "cannot be written" in refused(ingest_data, FILE, log)
    home.unlink()
    assert finalized(ingest_data, FILE, "1").status_code == 200  # the file is gone, which is final


def test_a_malformed_event_that_cannot_be_stored_is_redelivered(
    home: Path, ingest_data: FlaskClient, platform: LocalPlatform
) -> None:
    assert push(ingest_data, b"", {}, LANDING, "first").status_code == 200
    with holding(home / "titanic.duckdb"):
        assert push(ingest_data, *NOTHING_OF_OURS, LANDING, "second").status_code == 503
    assert push(ingest_data, *NOTHING_OF_OURS, LANDING, "second").status_code == 200
    assert {letter.message.id for letter in dead_letters(platform.ports)} == {"first", "second"}
