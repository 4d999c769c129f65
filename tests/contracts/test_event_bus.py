"""What every event bus does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import Any

import pytest

from titanic_mlops.errors import Rejected
from titanic_mlops.ports import EventBus

Received = Callable[[], list[Any]]


def test_a_message_arrives_as_it_was_sent(bus: EventBus, received: Received) -> None:
    name = bus.publish("retrain", b"\x00\xff", {"why": "drift — 東京"})
    (message,) = received()
    assert message.id == name
    assert message.topic == "retrain"
    assert message.data == b"\x00\xff"
    assert message.attributes == {"why": "drift — 東京"}
    assert message.publish_time.tzinfo is UTC


def test_attributes_alone_make_a_message(bus: EventBus, received: Received) -> None:
    bus.publish("retrain", b"", {"why": "drift"})
    assert [message.data for message in received()] == [b""]


@pytest.mark.parametrize(("topic", "data"), [("retrain", b""), ("", b"x")])
def test_a_message_without_content_or_topic_is_rejected(
    bus: EventBus, received: Received, topic: str, data: bytes
) -> None:
    with pytest.raises(Rejected):
        bus.publish(topic, data)
    assert received() == []


def test_a_message_above_ten_megabytes_is_rejected(bus: EventBus, received: Received) -> None:
    with pytest.raises(Rejected, match="at most 10000000"):
        bus.publish("retrain", bytes(10_000_001))
    assert received() == []


def test_messages_from_many_threads_get_their_own_ids(bus: EventBus, received: Received) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda n: bus.publish("predictions", str(n).encode()), range(200)))
    messages = received()
    assert len(set(names)) == 200
    assert {message.id for message in messages} == set(names)
    assert sorted(int(message.data) for message in messages) == list(range(200))


def test_many_messages_published_at_once_arrive_in_their_order(
    bus: EventBus, received: Received
) -> None:
    names = bus.publish_all("predictions", [b"1", b"2", b"3"], {"problem": "titanic"})
    messages = received()
    assert [message.data for message in messages] == [b"1", b"2", b"3"]
    assert [message.id for message in messages] == names
    assert {message.attributes["problem"] for message in messages} == {"titanic"}


def test_of_many_messages_none_is_published_when_one_is_rejected(
    bus: EventBus, received: Received
) -> None:
    with pytest.raises(Rejected):
        bus.publish_all("retrain", [b"1", b""])
    assert received() == []
