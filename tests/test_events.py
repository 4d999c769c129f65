from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from titanic_mlops.errors import EventUnreadable
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, IngestionComplete, ObjectFinalized
from titanic_mlops.messages import FINALIZED, PUBLISHED, Message

FILE = ObjectFinalized("landing", "titanic/Größe 船 🚢.csv", 1_767_323_045_123_456)
COMPLETE = IngestionComplete("titanic", "b" * 64, "titanic/Größe 船 🚢.csv", 889, 2)
AT = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)

STORED = {
    "specversion": "1.0",
    "type": FINALIZED,
    "source": "//storage.googleapis.com/projects/_/buckets/landing",
    "id": "7",
    "time": "2026-01-02T03:04:05.123456Z",
}
OBJECT = {"bucket": FILE.bucket, "name": FILE.name, "generation": str(FILE.generation)}
TOLD = {
    "specversion": "1.0",
    "type": PUBLISHED,
    "source": "//pubsub.googleapis.com/projects/p/topics/ingestion_complete",
    "id": "8",
    "time": "2026-01-02T03:04:06Z",
}
CONTENT = COMPLETE.to_bytes()
PUBLISH = {
    "data": b64encode(CONTENT).decode(),
    "attributes": {"problem": "titanic"},
    "messageId": "9",
    "publishTime": "2026-01-02T03:04:05.123456Z",
}


def without(mapping: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key != name}


def published(**changes: Any) -> Message:  # noqa: ANN401 any JSON
    return Message.from_cloud_event(TOLD, {"message": {**PUBLISH, **changes}})


def test_an_event_of_storage_is_a_notification_on_the_topic_landing() -> None:
    message = Message.from_cloud_event(STORED, OBJECT)
    assert message == Message("7", LANDING, b"", FILE.to_attributes(), AT)
    assert ObjectFinalized.from_attributes(message.attributes) == FILE


def test_a_published_message_is_what_was_published() -> None:
    message = Message.from_cloud_event(TOLD, {"message": PUBLISH})
    assert message == Message("9", "ingestion_complete", CONTENT, {"problem": "titanic"}, AT)
    assert IngestionComplete.from_bytes(message.data) == COMPLETE


def test_a_message_takes_missing_parts_from_its_event() -> None:
    message = Message.from_cloud_event(TOLD, {"message": {"data": PUBLISH["data"]}})
    assert (message.id, message.publish_time) == ("8", datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC))


@pytest.mark.parametrize("name", ["data", "attributes"])
@pytest.mark.parametrize("nothing", ["", None, "left out"])
def test_a_message_may_lack_data_or_attributes(name: str, nothing: str | None) -> None:
    given = without(PUBLISH, name) if nothing == "left out" else {**PUBLISH, name: nothing}
    message = Message.from_cloud_event(TOLD, {"message": given})
    assert message.data == (b"" if name == "data" else CONTENT)
    assert message.attributes == ({} if name == "attributes" else {"problem": "titanic"})


@pytest.mark.parametrize(
    ("source", "topic"),
    [
        ("//example.com/x", "x"),
        ("//pubsub.googleapis.com/projects/p/topics/flats-ingestion_complete", INGESTION_COMPLETE),
    ],
)
def test_a_topic_is_the_end_of_its_source_without_the_prefix(source: str, topic: str) -> None:
    message = Message.from_cloud_event({**TOLD, "source": source}, {"message": PUBLISH})
    assert message.topic == topic


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.1Z", datetime(2026, 1, 2, 3, 4, 5, 100_000, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", AT),
        ("2026-01-02T03:04:05.123456999+00:00", AT),
        (
            "2026-01-02T03:04:05.123+05:30",
            datetime(2026, 1, 2, 3, 4, 5, 123_000, timezone(timedelta(hours=5, minutes=30))),
        ),
    ],
)
def test_a_time_is_read_to_the_microsecond_in_every_form_of_rfc_3339(
    text: str, time: datetime
) -> None:
    assert Message.from_cloud_event({**STORED, "time": text}, OBJECT).publish_time == time
    assert published(publishTime=text).publish_time == time


def test_a_generation_may_be_a_number() -> None:
    message = Message.from_cloud_event(STORED, {**OBJECT, "generation": FILE.generation})
    assert ObjectFinalized.from_attributes(message.attributes) == FILE


def deep(levels: int = 900) -> object:
    nested: object = []
    for _ in range(levels):
        nested = [nested]
    return nested


UNREADABLE: dict[str, tuple[dict[str, Any], object]] = {
    "no type": (without(STORED, "type"), OBJECT),
    "another type": ({**STORED, "type": "google.cloud.storage.object.v1.deleted"}, OBJECT),
    "a type that is no text": ({**STORED, "type": []}, OBJECT),
    "nothing at all": ({}, None),
    **{f"an object without {name}": (STORED, without(OBJECT, name)) for name in OBJECT},
    **{f"an object at no {name}": (without(STORED, name), OBJECT) for name in ("id", "time")},
    "an object at noon": ({**STORED, "time": "noon"}, OBJECT),
    "an object at 5": ({**STORED, "time": 5}, OBJECT),
    "an object of no kind": (STORED, None),
    "an object of text": (STORED, "object"),
    "an object of bytes": (STORED, b"\xff"),
    "an object of a list": (STORED, [OBJECT]),
    "an object of deep lists": (STORED, deep()),
    "a generation of text": (STORED, {**OBJECT, "generation": "first"}),
    "a generation of nothing": (STORED, {**OBJECT, "generation": ""}),
    "a generation of null": (STORED, {**OBJECT, "generation": None}),
    "a generation of a list": (STORED, {**OBJECT, "generation": deep()}),
    "a generation that is no number": (STORED, {**OBJECT, "generation": float("nan")}),
    "a generation of 5000 digits": (STORED, {**OBJECT, "generation": "9" * 5000}),
    "no message": (TOLD, {}),
    "a message of null": (TOLD, {"message": None}),
    "a message of text": (TOLD, {"message": "hello"}),
    "a message of a list": (TOLD, {"message": [PUBLISH]}),
    "a message of deep lists": (TOLD, {"message": deep()}),
    "a message from nowhere": (without(TOLD, "source"), {"message": PUBLISH}),
    "a message at no time": (without(TOLD, "time"), {"message": without(PUBLISH, "publishTime")}),
    "a message of no name": (without(TOLD, "id"), {"message": without(PUBLISH, "messageId")}),
    "a message in bytes": (TOLD, b"\xff"),
    "a message in nothing": (TOLD, None),
    **{
        f"data {data!r}": (TOLD, {"message": {**PUBLISH, "data": data}})
        for data in ("a", "YQ", "YQ=", "Y Q==", "YQ==\n", "Y-_=", "é", 5, ["YQ=="], {"a": 1})
    },
    **{
        f"attributes {attributes!r}": (TOLD, {"message": {**PUBLISH, "attributes": attributes}})
        for attributes in ("problem", 5, ["problem"], [["a", "b"]])
    },
    **{
        f"published at {time!r}": (TOLD, {"message": {**PUBLISH, "publishTime": time}})
        for time in ("noon", "2026-13-01T00:00:00Z", 5, ["2026-01-02T03:04:05Z"])
    },
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_malformed_event_is_unreadable(case: str) -> None:
    attributes, data = UNREADABLE[case]
    with pytest.raises(EventUnreadable) as refused:
        Message.from_cloud_event(attributes, data)
    assert str(attributes.get("type")) in refused.value.detail


@pytest.mark.parametrize("name", ["a.csv", "titanic/a b.csv", "Größe 船 🚢.csv", "a\tb"])
@pytest.mark.parametrize("generation", [1, 2**63 - 1])
def test_a_finalized_object_survives_its_attributes(name: str, generation: int) -> None:
    event = ObjectFinalized("bucket", name, generation)
    attributes = event.to_attributes()
    assert ObjectFinalized.from_attributes(json.loads(json.dumps(attributes))) == event
    assert set(map(type, attributes.values())) == {str}
    assert attributes["eventType"] == "OBJECT_FINALIZE"


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("bucketId"),
        lambda told: told.pop("objectId"),
        lambda told: told.pop("objectGeneration"),
        lambda told: told.update(objectGeneration=""),
        lambda told: told.update(objectGeneration="1.5"),
        lambda told: told.update(objectGeneration="first"),
        lambda told: told.clear(),
    ],
)
def test_attributes_of_anything_else_are_unreadable(
    change: Callable[[dict[str, str]], object],
) -> None:
    attributes = FILE.to_attributes()
    change(attributes)
    with pytest.raises(EventUnreadable, match=LANDING):
        ObjectFinalized.from_attributes(attributes)


@pytest.mark.parametrize("file", ["a.csv", "Größe 船 🚢.csv", 'a "quoted" \\ name.csv', "a\nb"])
def test_an_ingestion_event_survives_its_bytes(file: str) -> None:
    event = IngestionComplete("titanic", "b", file, 889, 2)
    data = event.to_bytes()
    assert IngestionComplete.from_bytes(data) == event
    assert json.loads(data)["message"] == f"I finished ingesting the file {file}!!"


def test_an_ingestion_event_may_hold_unknown_members() -> None:
    more = json.loads(CONTENT) | {"duration": 5}
    assert IngestionComplete.from_bytes(json.dumps(more).encode()) == COMPLETE


def changed(name: str, value: object) -> bytes:
    return json.dumps(json.loads(CONTENT) | {name: value}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"null",
        b"5",
        b'"text"',
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 5000,
        CONTENT[:-1],
        *(
            json.dumps(without(json.loads(CONTENT), name)).encode()
            for name in ("problem", "batch", "file", "accepted", "rejected")
        ),
        *(
            changed(name, value)
            for name in ("problem", "batch", "file")
            for value in (5, None, [1])
        ),
    ],
    ids=lambda data: repr(data)[:40],
)
def test_anything_else_is_no_ingestion_event(data: bytes) -> None:
    with pytest.raises(EventUnreadable, match="ingestion_complete"):
        IngestionComplete.from_bytes(data)


@pytest.mark.parametrize(
    "change",
    [
        {"generation": float("inf")},
        {"generation": True},
        {"generation": "1.5"},
        {"generation": "\u0663"},
        {"generation": -1},
        {"name": 5},
        {"bucket": None},
        {"name": "half \ud800"},
    ],
    ids=str,
)
def test_a_storage_event_with_strange_members_is_unreadable(change: dict[str, object]) -> None:
    data = {"bucket": "landing", "name": "titanic/a.csv", "generation": "1"} | change
    said = {"type": FINALIZED, "id": "1", "source": "//s", "time": "2026-01-01T00:00:00Z"}
    with pytest.raises(EventUnreadable):
        Message.from_cloud_event(said, data)


def test_a_time_before_the_first_one_in_utc_is_unreadable() -> None:
    data = {"bucket": "landing", "name": "titanic/a.csv", "generation": "1"}
    said = {"type": FINALIZED, "id": "1", "source": "//s", "time": "0001-01-01T00:00:00+14:00"}
    with pytest.raises(EventUnreadable):
        Message.from_cloud_event(said, data)


def test_the_event_of_a_deleted_object_is_no_landing() -> None:
    said = ObjectFinalized("landing", "titanic/a.csv", 1).to_attributes()
    with pytest.raises(EventUnreadable):
        ObjectFinalized.from_attributes(said | {"eventType": "OBJECT_DELETE"})


@pytest.mark.parametrize("change", [{"batch": []}, {"file": {}}, {"problem": 1}, {"accepted": "x"}])
def test_an_ingestion_event_with_strange_members_is_unreadable(change: dict[str, object]) -> None:
    body = json.loads(IngestionComplete("titanic", "1", "a.csv", 1, 0).to_bytes()) | change
    with pytest.raises(EventUnreadable):
        IngestionComplete.from_bytes(json.dumps(body).encode())
