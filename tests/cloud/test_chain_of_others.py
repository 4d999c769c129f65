"""The graph again, where it can be with nothing of ours between bucket, topic and function.

fake-gcs-server announces its objects to the Pub/Sub emulator by itself, and the emulator pushes
to the deployed entry points. BigQuery is tests/wire's: there is no other on the loopback.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask, Response
from google.api_core import exceptions as api
from google.cloud import storage
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.types import ReceivedMessage

from tests.cloud.expectations import (
    assert_accounted_for,
    assert_prediction_is_stored,
    eventually,
    is_settled,
    land_everything,
)
from tests.cloud.programs import fake_gcs_server, pubsub_emulator
from tests.wire.bigquery import BigQueryServer
from tests.wire.platform import (
    LANDING,
    MODELS,
    PROJECT,
    dead_letter_row,
    deployed,
    prediction_row,
    topic,
)
from tests.wire.serving import serving
from titanic_mlops.pipeline.dead_letters import dead_letters
from titanic_mlops.platforms import Platform
from titanic_mlops.platforms.choice import open_platform
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import tables_of

pytestmark = pytest.mark.cloud

TOPICS = ("landing", "ingestion_complete", "predictions", "dead_letters")
DELIVERIES = 5
SOON = timedelta(seconds=1)
ANNOUNCING = (
    *("-event.pubsub-project-id", PROJECT, "-event.pubsub-topic", "landing"),
    *("-event.bucket", LANDING, "-event.list", "finalize"),
)
Read = Callable[[], list[ReceivedMessage]]
SETTINGS = {
    "GOOGLE_CLOUD_PROJECT": PROJECT,
    "PROBLEM": "titanic",
    "LANDING_BUCKET": LANDING,
    "MODEL_BUCKET": MODELS,
    "DATASET": "titanic",
    "TOPIC_LANDING": "landing",
    "TOPIC_INGESTION_COMPLETE": "ingestion_complete",
    "TOPIC_PREDICTIONS": "predictions",
}


class Emulated:
    """The topics on the emulator, and the subscriptions that are added."""

    def __init__(self) -> None:
        self._subscriber = SubscriberClient()
        with PublisherClient() as publisher:
            for name in TOPICS:
                publisher.create_topic(name=topic(name))

    def close(self) -> None:
        self._subscriber.close()

    def push(self, name: str, address: str) -> None:
        """Deliver a topic to an entry point; after five deliveries it is a dead letter."""
        self._subscriber.create_subscription(
            request={
                "name": subscription(name),
                "topic": topic(name),
                "push_config": {"push_endpoint": f"{address}/{topic(name)}"},
                "ack_deadline_seconds": 600,
                "retry_policy": {"minimum_backoff": SOON, "maximum_backoff": SOON},
                "dead_letter_policy": {
                    "dead_letter_topic": topic("dead_letters"),
                    "max_delivery_attempts": DELIVERIES,
                },
            }
        )

    def read(self, name: str) -> Read:
        """Subscribe to a topic; return a call that takes what was published since."""
        self._subscriber.create_subscription(name=subscription(name), topic=topic(name))
        return partial(self._pull, subscription(name))

    def _pull(self, path: str) -> list[ReceivedMessage]:
        try:
            answer = self._subscriber.pull(
                subscription=path, max_messages=100, timeout=1, retry=None
            )
        except api.DeadlineExceeded:
            return []
        received = list(answer.received_messages)
        if received:
            ids = [message.ack_id for message in received]
            self._subscriber.acknowledge(subscription=path, ack_ids=ids)
        return received


@dataclass
class Served:
    """The services, and the platform as a command sees it."""

    emulated: Emulated
    warehouse: BigQueryServer
    here: Platform


def subscription(name: str) -> str:
    return f"projects/{PROJECT}/subscriptions/{name}"


@pytest.fixture
def served(titanic: Problem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Serve the services and the deployed functions, wired to each other."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        pubsub = stack.enter_context(pubsub_emulator())
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub)
        emulated = stack.enter_context(closing(Emulated()))
        address = stack.enter_context(fake_gcs_server(*ANNOUNCING, pubsub=pubsub))
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        warehouse = BigQueryServer(tmp_path / "bigquery", buckets())
        warehouse.provide(tables_of(titanic))
        address = stack.enter_context(serving(warehouse.app))
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", address)
        functions = stack.enter_context(deployed("ingest_data", "train_model"))
        emulated.push("landing", functions["ingest_data"])
        emulated.push("ingestion_complete", functions["train_model"])
        yield Served(emulated, warehouse, open_platform(Settings.from_env(os.environ), titanic))


def buckets() -> Callable[[str, str], bytes | None]:
    """Make the buckets; return a call that reads an object, as BigQuery does."""
    client = storage.Client(PROJECT)
    for name in (LANDING, MODELS):
        client.create_bucket(name)

    def data_of(bucket: str, key: str) -> bytes | None:
        blob = client.bucket(bucket).get_blob(key)
        return blob.download_as_bytes() if blob else None

    return data_of


def test_an_object_becomes_a_champion_and_a_stored_prediction(
    served: Served, tmp_path: Path, titanic: Problem
) -> None:
    predicted, dead = served.emulated.read("predictions"), served.emulated.read("dead_letters")
    land_everything(served.here, tmp_path)
    eventually(lambda: is_settled(served.here))
    assert_accounted_for(served.here, served.warehouse)
    assert dead() == []

    def carry() -> None:
        (record,) = awaited(predicted)
        served.warehouse.append("predictions_data", prediction_row(titanic, record.message))

    assert_prediction_is_stored(served.here, served.warehouse, carry)


def test_a_message_refused_five_times_is_a_readable_dead_letter(
    served: Served,
) -> None:
    refusals: list[str] = []

    def refuse(path: str) -> Response:
        refusals.append(path)
        return Response(status=503)

    refusing = Flask("refusing")
    refusing.post("/<path:path>")(refuse)
    dead = served.emulated.read("dead_letters")
    with serving(refusing) as address:
        served.emulated.push("predictions", address)
        served.here.ports.bus.publish("predictions", b"record", {"problem": "titanic"})
        (letter,) = awaited(dead)
    assert refusals == [topic("predictions")] * DELIVERIES
    attributes = dict(letter.message.attributes)
    assert attributes["CloudPubSubDeadLetterSourceSubscription"] == "predictions"
    assert attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == str(DELIVERIES)

    served.warehouse.append("dead_letters", dead_letter_row(letter.message))
    (read,) = dead_letters(served.here.ports)
    assert (read.message.topic, read.message.data) == ("predictions", b"record")
    assert (read.message.attributes, read.attempts) == ({"problem": "titanic"}, DELIVERIES)


def awaited(read: Read) -> list[ReceivedMessage]:
    received: list[ReceivedMessage] = []

    def arrived() -> bool:
        received.extend(read())
        return bool(received)

    eventually(arrived)
    return received
