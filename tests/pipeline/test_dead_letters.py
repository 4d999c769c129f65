"""Dead letters: stored once, listed, replayed or discarded."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import as_csv
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.queue_file import DELIVERIES
from titanic_mlops.errors import Unavailable
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger, file_id_of
from titanic_mlops.messages import DeadLetter, Message
from titanic_mlops.pipeline.dead_letters import (
    dead_letters,
    discard,
    files_of,
    reasons_by_file,
    replay,
    store_dead_letter,
)
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.platforms.local.platform import LocalPlatform

AT = datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)
ATTRIBUTES = {"problem": "titanic", "file": "Größe 船 🚢"}
BYTES = bytes(range(256))
Land = Callable[[str, bytes], ObjectFinalized]


def letter(
    name: str = "1",
    topic: str = LANDING,
    data: bytes = BYTES,
    *,
    attributes: dict[str, str] = ATTRIBUTES,
    at: datetime = AT,
) -> DeadLetter:
    return DeadLetter(Message(name, topic, data, attributes, at), "the disk is full", 5)


def rows(platform: LocalPlatform) -> list[tuple[str, str]]:
    found = platform.ports.warehouse.query(
        "SELECT message_id, state FROM dead_letters ORDER BY message_id, state"
    )
    return [(row["message_id"], row["state"]) for row in found.to_pylist()]


def waiting(platform: LocalPlatform) -> list[Message]:
    """Take all that waits off the queue."""
    found = platform.queue.lease_many(most=100)
    platform.queue.acknowledge(*found)
    return [one.message for one in found]


class Crash(BaseException):
    """The process ends here; no handler may catch it."""


class Crashing:
    """Pass every call on, but end the process instead of the one that is named."""

    def __init__(self, port: Any, call: str) -> None:  # noqa: ANN401 any port
        self._port = port
        self._call = call

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 any method of it
        if name == self._call:
            raise Crash
        return getattr(self._port, name)


@pytest.mark.parametrize(
    "data", [b"", b"{}", BYTES, b"\xff\xfe\x00", "Größe 船 🚢".encode(), b"\r\n\\x00'"]
)
def test_a_message_is_listed_as_it_came_byte_for_byte(data: bytes, platform: LocalPlatform) -> None:
    store_dead_letter(letter(data=data), platform.ports)
    assert dead_letters(platform.ports) == [letter(data=data)]


def test_a_dead_letter_is_stored_once(platform: LocalPlatform) -> None:
    for _ in range(3):
        store_dead_letter(letter(), platform.ports)
    assert rows(platform) == [("1", "dead")]
    assert dead_letters(platform.ports) == [letter()]


def test_the_oldest_comes_first(platform: LocalPlatform) -> None:
    ages = {"b": 2, "a": 1, "d": 3, "c": 3}
    letters = {name: letter(name, at=AT - timedelta(days=age)) for name, age in ages.items()}
    for one in letters.values():
        store_dead_letter(one, platform.ports)
    assert [one.message.id for one in dead_letters(platform.ports)] == ["c", "d", "b", "a"]


def test_a_row_that_a_subscription_wrote_is_listed(
    platform: LocalPlatform,
) -> None:
    platform.ports.warehouse.execute(
        "INSERT INTO dead_letters (subscription_name, message_id, publish_time, data, attributes)"
        " VALUES (@topic, @name, @at, @data, @attributes)",
        {"topic": "landing", "name": "1", "at": AT, "data": BYTES, "attributes": "{}"},
    )
    (found,) = dead_letters(platform.ports)
    reason = "it was not acknowledged; the function's log says why"
    assert found == DeadLetter(Message("1", "landing", BYTES, {}, AT), reason, 0)


@pytest.mark.parametrize("source", ["landing", "flats-landing"])
def test_a_dead_letter_of_pub_sub_is_known_by_its_source(
    platform: LocalPlatform, source: str
) -> None:
    said = {
        "CloudPubSubDeadLetterSourceSubscription": source,
        "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        **ObjectFinalized("bucket", "titanic/a.csv", 7).to_attributes(),
    }
    for _ in range(2):  # a subscription may write a row twice
        platform.ports.warehouse.execute(
            "INSERT INTO dead_letters"
            " (subscription_name, message_id, publish_time, data, attributes)"
            " VALUES ('projects/p/subscriptions/dead-to-table', '1', @at, @data, @said)",
            {"at": AT, "data": b"{}", "said": json.dumps(said)},
        )
    (found,) = dead_letters(platform.ports)
    assert (found.message.topic, found.attempts) == (LANDING, 5)
    assert list(files_of(found.message)) == [
        file_id_of(ObjectFinalized("bucket", "titanic/a.csv", 7))
    ]
    replay(found, platform.ports)
    assert dead_letters(platform.ports) == []
    assert [m.attributes["objectId"] for m in waiting(platform)] == ["titanic/a.csv"]


def test_a_replayed_message_is_published_and_no_longer_listed(
    platform: LocalPlatform,
) -> None:
    for name in ("1", "2"):
        store_dead_letter(letter(name), platform.ports)
    replay(letter("1"), platform.ports)
    (published,) = waiting(platform)
    assert (published.topic, published.data, published.attributes) == (LANDING, BYTES, ATTRIBUTES)
    assert dead_letters(platform.ports) == [letter("2")]
    assert rows(platform) == [("1", "dead"), ("1", "replayed"), ("2", "dead")]
    store_dead_letter(letter("1"), platform.ports)  # a subscription may write it twice
    assert dead_letters(platform.ports) == [letter("2")]


@pytest.mark.parametrize("call", ["publish", "execute"])
def test_a_message_whose_replay_crashed_can_be_replayed(call: str, platform: LocalPlatform) -> None:
    store_dead_letter(letter(), platform.ports)
    ports = replace(
        platform.ports,
        bus=Crashing(platform.ports.bus, call),
        warehouse=Crashing(platform.ports.warehouse, call),
    )
    with pytest.raises(Crash):
        replay(letter(), ports)
    assert dead_letters(platform.ports) == [letter()]
    replay(letter(), platform.ports)
    assert dead_letters(platform.ports) == []
    published = waiting(platform)
    assert [one.data for one in published] == [BYTES] * (1 if call == "publish" else 2)


def test_a_replay_that_cannot_be_published_changes_nothing(
    platform: LocalPlatform, tmp_path: Path
) -> None:
    store_dead_letter(letter(), platform.ports)
    impatient = SQLiteQueue(tmp_path / "home" / "titanic.queue.sqlite", patience=0.01)
    with platform.queue._transaction(), pytest.raises(Unavailable):
        replay(letter(), replace(platform.ports, bus=impatient))
    impatient.close()
    assert dead_letters(platform.ports) == [letter()]


def landed(event: ObjectFinalized) -> DeadLetter:
    return letter(data=b"{}", attributes=event.to_attributes())


def ledger(platform: LocalPlatform, event: ObjectFinalized) -> Entry:
    return Ledger(platform.ports.storage, "titanic").get(file_id_of(event))


def test_a_file_whose_message_is_replayed_is_loaded_by_it(
    platform: LocalPlatform, land: Land, table: list[dict[str, str]]
) -> None:
    event = land("some.csv", as_csv(table[:8]))
    Ledger(platform.ports.storage, "titanic").begin(event)
    store_dead_letter(landed(event), platform.ports)
    assert list(reasons_by_file(platform.ports)) == [file_id_of(event)]
    platform.resume_unfinished()
    assert platform.queue.depth() == 0  # a file with a dead letter waits for a user
    replay(landed(event), platform.ports)
    assert platform.handle_next() is not None
    assert (ledger(platform, event).state, ledger(platform, event).accepted) == ("announced", 8)


def test_discarding_a_message_ends_its_file(platform: LocalPlatform, land: Land) -> None:
    event = land("some.csv", b"")
    Ledger(platform.ports.storage, "titanic").begin(event)
    store_dead_letter(landed(event), platform.ports)
    discard(landed(event), platform.problem, platform.ports)
    assert ledger(platform, event).state == "quarantined"
    assert ledger(platform, event).reason == "Discarded with its dead letter."
    assert (dead_letters(platform.ports), platform.queue.depth()) == ([], 0)
    assert rows(platform) == [("1", "dead"), ("1", "discarded")]
    platform.resume_unfinished()
    assert platform.queue.depth() == 0


def test_discarding_the_message_of_a_training_keeps_the_rows(
    platform: LocalPlatform, land: Land, table: list[dict[str, str]]
) -> None:
    event = land("some.csv", as_csv(table[:8]))
    ingest_data(event, platform.problem, platform.ports)
    (message,) = waiting(platform)
    dead = letter(topic=message.topic, data=message.data)
    store_dead_letter(dead, platform.ports)
    discard(dead, platform.problem, platform.ports)
    assert ledger(platform, event).state == "done"
    (row,) = platform.ports.warehouse.query("SELECT COUNT(*) AS n FROM training_data").to_pylist()
    assert row["n"] == 8


@pytest.mark.parametrize("call", ["put", "execute"])
def test_a_discard_completes_one_that_crashed(
    call: str, platform: LocalPlatform, land: Land
) -> None:
    event = land("some.csv", b"")
    Ledger(platform.ports.storage, "titanic").begin(event)
    store_dead_letter(landed(event), platform.ports)
    ports = replace(
        platform.ports,
        storage=Crashing(platform.ports.storage, call),
        warehouse=Crashing(platform.ports.warehouse, call),
    )
    with pytest.raises(Crash):
        discard(landed(event), platform.problem, ports)
    assert dead_letters(platform.ports) == [landed(event)]
    discard(landed(event), platform.problem, platform.ports)
    assert ledger(platform, event).state == "quarantined"
    assert dead_letters(platform.ports) == []
    history = platform.ports.warehouse.query("SELECT state FROM ingestions").to_pylist()
    assert history == [{"state": "quarantined"}]


def test_discarding_a_message_of_an_unknown_file_is_no_error(
    platform: LocalPlatform,
) -> None:
    message = landed(ObjectFinalized("landing", "titanic/never.csv", 1))
    store_dead_letter(message, platform.ports)
    discard(message, platform.problem, platform.ports)
    assert dead_letters(platform.ports) == []


def test_a_malformed_message_names_no_file_and_can_be_discarded(
    platform: LocalPlatform,
) -> None:
    malformed = [letter("1"), letter("2", INGESTION_COMPLETE), letter("3", "//example.com")]
    for one in malformed:
        store_dead_letter(one, platform.ports)
        assert list(files_of(one.message)) == []
    assert reasons_by_file(platform.ports) == {}
    for one in malformed:
        discard(one, platform.problem, platform.ports)
    assert dead_letters(platform.ports) == []


def test_files_of_a_message_are_those_that_it_names() -> None:
    event = ObjectFinalized("landing", "titanic/Größe.csv", 5)
    complete = IngestionComplete("titanic", "the id", event.name, 1, 0)
    told = letter(topic=INGESTION_COMPLETE, data=complete.to_bytes())
    assert list(files_of(landed(event).message)) == [file_id_of(event)]
    assert list(files_of(told.message)) == ["the id"]


@pytest.mark.parametrize("topic", [LANDING, INGESTION_COMPLETE])
def test_a_replayed_malformed_message_is_a_new_dead_letter(
    topic: str, platform: LocalPlatform
) -> None:
    platform.queue.publish(topic, BYTES, ATTRIBUTES)
    handled = platform.handle_next()
    assert handled is not None
    platform.store_dead_letters()
    (first,) = dead_letters(platform.ports)
    assert (first.message.data, first.message.attributes) == (BYTES, ATTRIBUTES)
    assert (first.attempts, first.reason) == (1, handled.error)

    replay(first, platform.ports)
    assert dead_letters(platform.ports) == []
    assert platform.handle_next() is not None
    platform.store_dead_letters()
    (second,) = dead_letters(platform.ports)
    assert second.message.id != first.message.id
    assert (second.message.data, second.message.attributes) == (BYTES, ATTRIBUTES)


def refused(platform: LocalPlatform) -> str:
    """Publish a message and refuse every delivery of it; return its id."""
    name = platform.queue.publish(LANDING, BYTES, ATTRIBUTES)
    for _ in range(DELIVERIES):
        delivery = platform.queue.lease([LANDING])
        assert delivery is not None
        platform.queue.refuse(delivery, "the disk is full")
    return name


def test_a_dead_letter_of_the_queue_is_stored_in_the_table(platform: LocalPlatform) -> None:
    name = refused(platform)
    platform.store_dead_letters()
    (found,) = dead_letters(platform.ports)
    assert (found.message.id, found.message.topic) == (name, LANDING)
    assert (found.message.data, found.message.attributes) == (BYTES, ATTRIBUTES)
    assert (found.reason, found.attempts) == ("the disk is full", DELIVERIES)
    assert platform.queue.dead() == []


@pytest.mark.parametrize(("part", "call"), [("warehouse", "execute"), ("queue", "discard")])
def test_a_crash_while_storing_dead_letters_stores_each_once(
    part: str, call: str, platform: LocalPlatform
) -> None:
    names = {refused(platform), refused(platform)}
    port: Any = Crashing(getattr(platform, part), call)
    if part == "queue":
        crashing = replace(platform, queue=port)
    else:
        crashing = replace(platform, ports=replace(platform.ports, warehouse=port))
    with pytest.raises(Crash):
        crashing.store_dead_letters()
    assert len(platform.queue.dead()) == 2
    assert len(rows(platform)) == (1 if part == "queue" else 0)
    for _ in range(2):
        platform.store_dead_letters()
    assert {one.message.id for one in dead_letters(platform.ports)} == names
    assert rows(platform) == [(name, "dead") for name in sorted(names)]
    assert platform.queue.dead() == []


def test_concurrent_inserts_of_a_dead_letter_keep_one_row(
    platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.queue.publish("landing", b"x")
    delivery = platform.queue.lease()
    assert delivery is not None
    platform.queue.refuse(delivery, "never", final=True)
    other = SQLiteQueue(platform.queue._path)
    dead = platform.queue.dead()
    monkeypatch.setattr(platform.queue, "dead", lambda: dead)
    other.discard(dead[0].message.id)  # another process has stored it in between
    platform.store_dead_letters()
    assert len(dead_letters(platform.ports)) == 1
    other.close()


def test_equal_ids_on_two_topics_are_two_letters(platform: LocalPlatform) -> None:
    at = platform.ports.clock.now()
    for topic in ("landing", "ingestion_complete"):
        store_dead_letter(DeadLetter(Message("1", topic, b"x", {}, at), "no", 1), platform.ports)
    first, second = dead_letters(platform.ports)
    discard(first, platform.problem, platform.ports)
    assert [letter.message.topic for letter in dead_letters(platform.ports)] == [
        second.message.topic
    ]


def test_a_dead_letter_without_content_can_be_replayed(platform: LocalPlatform) -> None:
    letter = DeadLetter(Message("1", "landing", b"", {}, platform.ports.clock.now()), "no", 1)
    store_dead_letter(letter, platform.ports)
    replay(letter, platform.ports)
    assert platform.queue.depth(["landing"]) == 1
