"""Functions of a few lines behind functions-framework, called as the local platform calls ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from titanic_mlops.errors import Unavailable
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, ObjectFinalized
from titanic_mlops.messages import Message
from titanic_mlops.platforms.local.entry_point import EntryPoint

AT = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
WRITES = """
import json
from pathlib import Path

import functions_framework


@functions_framework.cloud_event
def entered(event):
    document = {"attributes": dict(event.get_attributes()), "data": event.data}
    Path(__file__).with_name("event.json").write_text(json.dumps(document))
"""
ANSWERS = """
import flask
import functions_framework


@functions_framework.cloud_event
def entered(event):
    {answer}
"""
Write = Callable[[str], EntryPoint]


def landed(name: str, bucket: str = "landing") -> Message:
    event = ObjectFinalized(bucket, name, 1_767_323_045_123_456)
    return Message("7", LANDING, b"{}", event.to_attributes(), AT)


def told(data: bytes, **attributes: str) -> Message:
    return Message("8", INGESTION_COMPLETE, data, attributes, AT)


@pytest.fixture
def function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a function's file; return it as an entry point."""
    # What functions-framework writes into the process is taken back after the test.
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
        monkeypatch.setenv(name, "")
    monkeypatch.delenv("FUNCTION_SIGNATURE_TYPE")

    def write(code: str) -> EntryPoint:
        path = tmp_path / "entered_here.py"
        path.write_text(code)
        return EntryPoint("entered", path)

    yield write
    sys.modules.pop("entered_here", None)


def received(tmp_path: Path) -> Message:
    document: Any = json.loads((tmp_path / "event.json").read_text())
    return Message.from_cloud_event(document["attributes"], document["data"])


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00\xff\xfe", "Größe 船 🚢".encode()])
def test_a_pushed_message_arrives_as_it_was_published(
    data: bytes, function: Write, tmp_path: Path
) -> None:
    function(WRITES).push(told(data, problem="titanic", file="Größe 船 🚢"))
    arrived = received(tmp_path)
    assert arrived == Message(
        "8", INGESTION_COMPLETE, data, {"problem": "titanic", "file": "Größe 船 🚢"}, AT
    )


@pytest.mark.parametrize(
    "name",
    [
        "titanic/some.csv",
        "titanic/Größe 船 🚢.csv",
        "titanic/a b%20c+d#e?f&g.csv",
        'titanic/"quoted", \ttabbed.csv',
        "titanic/%F0%9F",
    ],
)
def test_a_landed_object_of_any_name_arrives_by_its_name(
    name: str, function: Write, tmp_path: Path
) -> None:
    sent = landed(name)
    function(WRITES).finalized(sent)
    arrived = received(tmp_path)
    assert arrived == Message("7", LANDING, b"", sent.attributes, AT)
    assert ObjectFinalized.from_attributes(arrived.attributes).name == name


def test_an_event_of_storage_says_where_the_object_lies(function: Write, tmp_path: Path) -> None:
    function(WRITES).finalized(landed("titanic/ä b.csv"))
    said = json.loads((tmp_path / "event.json").read_text())["attributes"]
    assert said["source"] == "//storage.googleapis.com/projects/_/buckets/landing"
    assert said["subject"] == "objects/titanic/%C3%A4%20b.csv"


@pytest.mark.parametrize("call", [EntryPoint.push, EntryPoint.finalized])
@pytest.mark.parametrize("answer", ["return", "flask.abort(flask.Response('none', status=204))"])
def test_what_is_acknowledged_is_done(
    call: Callable[[EntryPoint, Message], None], answer: str, function: Write
) -> None:
    call(function(ANSWERS.format(answer=answer)), landed("a.csv"))


@pytest.mark.parametrize("call", [EntryPoint.push, EntryPoint.finalized])
@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_what_is_refused_is_unavailable_with_the_reason(
    call: Callable[[EntryPoint, Message], None], status: int, function: Write
) -> None:
    answer = f"flask.abort(flask.Response('the disk is full ☹', status={status}))"
    with pytest.raises(Unavailable) as refused:
        call(function(ANSWERS.format(answer=answer)), landed("a.csv"))
    assert refused.value.detail == "the disk is full ☹"


def test_a_refusal_without_text_is_named_by_its_status(function: Write) -> None:
    answer = "flask.abort(flask.Response('', status=503))"
    with pytest.raises(Unavailable, match="503 SERVICE UNAVAILABLE"):
        function(ANSWERS.format(answer=answer)).push(landed("a.csv"))


def test_a_function_that_fails_is_unavailable_and_is_called_again(
    function: Write, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    entry_point = function(ANSWERS.format(answer=f"open({str(flag)!r}).close()"))
    with pytest.raises(Unavailable):
        entry_point.push(told(b"x"))
    flag.touch()
    entry_point.push(told(b"x"))


def test_nothing_is_loaded_before_the_first_delivery(function: Write) -> None:
    entry_point = function("raise SystemExit('loaded')")
    with pytest.raises(SystemExit, match="loaded"):
        entry_point.push(told(b"x"))


def test_a_function_is_loaded_once(function: Write, tmp_path: Path) -> None:
    loads = tmp_path / "loads"
    entry_point = function(
        f"with open({str(loads)!r}, 'a') as loads: loads.write('x')\n" + ANSWERS.format(answer="1")
    )
    entry_point.push(told(b"x"))
    entry_point.finalized(landed("a.csv"))
    assert loads.read_text() == "x"


def test_a_deployed_entry_point_is_found_by_its_name() -> None:
    assert EntryPoint.deployed("train_model")._source.parts[-2:] == ("functions", "train_model.py")
    with pytest.raises(ModuleNotFoundError, match="has no module nothing"):
        EntryPoint.deployed("nothing")
