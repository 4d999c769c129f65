"""Every suite of this folder runs on every platform; add one name to PLATFORMS to add one."""

from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.api_core import exceptions as api
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud import storage as cloud_storage
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import PubsubMessage

from tests.cloud.programs import fake_gcs_server, pubsub_emulator
from tests.wire.bigquery import BigQueryServer
from tests.wire.pubsub import PubSubServer
from tests.wire.serving import serving
from tests.wire.storage import Bucket, StorageServer
from titanic_mlops.adapters.gcp.bus import PubSubBus
from titanic_mlops.adapters.gcp.object_store import BucketStore
from titanic_mlops.adapters.gcp.warehouse import BigQueryWarehouse
from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.messages import Message
from titanic_mlops.ports import EventBus, ObjectStore, Warehouse

PLATFORMS = ("local", "gcp")
FAKE_GCS, EMULATOR = "fake-gcs", "pubsub-emulator"
LANDING = "landing-folder"
WRONG_THERE = {  # tests by name, and why fake-gcs-server fails them
    "test_a_get_of_the_known_version_is_not_modified": "it ignores conditions of reads",
    "test_a_delete_of_another_version_is_refused": "it ignores conditions of deletes",
}
SILENCE_SECONDS = 0.5
SLOW_SECONDS = 0.1
Received = Callable[[], list[Any]]
ANONYMOUS = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on every platform, and on an emulator where its port has one."""
    names = set(metafunc.fixturenames)
    if "platform" not in names:
        return
    others = {EMULATOR: "bus" in names, FAKE_GCS: "store" in names and "warehouse" not in names}
    marks = [pytest.mark.cloud]
    if wrong := WRONG_THERE.get(metafunc.function.__name__):
        marks.append(pytest.mark.skip(f"{FAKE_GCS}-server: {wrong}"))
    served = [pytest.param(name, marks=marks) for name, serves in others.items() if serves]
    landing = [LANDING] if "store" in names and "warehouse" not in names else []
    metafunc.parametrize("platform", [*PLATFORMS, *landing, *served])


@pytest.fixture
def storage(platform: str) -> Iterator[tuple[StorageServer, str] | None]:
    """Serve Cloud Storage where the platform is gcp; yield the server and its address."""
    if platform != "gcp":
        yield None
        return
    server = StorageServer()
    server.buckets["contracts"] = Bucket()
    with serving(server.app) as address:
        yield server, address


@pytest.fixture
def open_store(
    request: pytest.FixtureRequest,
    platform: str,
    storage: tuple[StorageServer, str] | None,
    tmp_path: Path,
) -> Callable[[], ObjectStore]:
    """Return a picklable call that opens the same, at first empty, store anywhere."""
    if platform == FAKE_GCS:
        return partial(open_bucket, request.getfixturevalue("fake_gcs"))
    if platform == LANDING:
        return partial(LandingFolder, tmp_path / "store")
    if storage is None:
        return partial(DirectoryStore, tmp_path / "store")
    return partial(open_bucket, storage[1])


def open_bucket(address: str) -> ObjectStore:
    """Open the bucket by its address, as another process does."""
    return BucketStore(client_of_storage(address).bucket("contracts"))


def client_of_storage(address: str) -> cloud_storage.Client:
    return cloud_storage.Client("contracts", ANONYMOUS, client_options={"api_endpoint": address})


@pytest.fixture
def fake_gcs() -> Iterator[str]:
    """Serve the bucket by fake-gcs-server; return the address."""
    with fake_gcs_server() as address:
        client_of_storage(address).create_bucket("contracts")
        yield address


@pytest.fixture
def store(open_store: Callable[[], ObjectStore]) -> ObjectStore:
    return open_store()


@pytest.fixture
def warehouse(
    request: pytest.FixtureRequest, storage: tuple[StorageServer, str] | None, tmp_path: Path
) -> Iterator[Warehouse]:
    if storage is None:
        yield DuckDBWarehouse(tmp_path / "warehouse" / "titanic.duckdb")
        return
    slow = "slow_statements" in request.fixturenames
    server = BigQueryServer(
        tmp_path / "bigquery", storage[0].data_of, statement_seconds=SLOW_SECONDS if slow else 0
    )
    with serving(server.app) as address:
        yield open_dataset(address, storage[1])


@pytest.fixture
def slow_statements() -> None:
    """Let BigQuery's statements take a while, so that they overlap."""


def open_dataset(address: str, storage: str) -> Warehouse:
    options = {"api_endpoint": address}
    client = bigquery.Client("wire", ANONYMOUS, client_options=options)
    return BigQueryWarehouse(client, "titanic", open_bucket(storage))


@pytest.fixture
def pubsub(platform: str) -> Iterator[tuple[PubSubServer, str] | None]:
    """Serve Pub/Sub where the platform is gcp; yield the server and its address."""
    if platform != "gcp":
        yield None
        return
    server = PubSubServer()
    with server.serving() as address:
        yield server, address


@pytest.fixture(scope="session")
def emulator() -> Iterator[str]:
    """Serve the Pub/Sub emulator; return the address."""
    with pubsub_emulator() as address:
        yield address


@pytest.fixture
def bus_and_received(
    request: pytest.FixtureRequest,
    platform: str,
    pubsub: tuple[PubSubServer, str] | None,
    tmp_path: Path,
) -> Iterator[tuple[EventBus, Received]]:
    """Return a bus, and a call that takes all published messages, oldest first."""
    if platform == EMULATOR:
        with emulated(request.getfixturevalue("emulator")) as both:
            yield both
    elif pubsub is not None:
        yield open_topics(pubsub[1]), partial(taken, pubsub[0])
    else:
        queue = SQLiteQueue(tmp_path / "queue.sqlite")
        yield queue, partial(leased, queue)


@pytest.fixture
def bus(bus_and_received: tuple[EventBus, Received]) -> EventBus:
    return bus_and_received[0]


@pytest.fixture
def received(bus_and_received: tuple[EventBus, Received]) -> Received:
    return bus_and_received[1]


def open_topics(address: str, topics: Mapping[str, str] = {}) -> EventBus:
    transport = PublisherGrpcTransport(channel=grpc.insecure_channel(address))
    return PubSubBus(PublisherClient(transport=transport), topics)


@contextmanager
def emulated(address: str) -> Iterator[tuple[EventBus, Received]]:
    """Create topics in a project of their own, and subscribe to them."""
    project = f"projects/contracts-{uuid4().hex}"
    topics = {name: f"{project}/topics/{name}" for name in ("retrain", "predictions")}
    subscriptions = {f"{project}/subscriptions/{name}": name for name in topics}
    with grpc.insecure_channel(address) as channel:
        publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        for path, name in subscriptions.items():
            publisher.create_topic(name=topics[name])
            subscriber.create_subscription(name=path, topic=topics[name])
        yield open_topics(address, topics), partial(pulled, subscriber, subscriptions)


def pulled(subscriber: SubscriberClient, subscriptions: Mapping[str, str]) -> list[Message]:
    """Return what the subscriptions hold, until they are silent or say that they are empty."""
    messages = []
    for path, topic in subscriptions.items():
        with suppress(api.DeadlineExceeded):
            while received := subscriber.pull(
                subscription=path, max_messages=1000, timeout=SILENCE_SECONDS, retry=None
            ).received_messages:
                acknowledged = [one.ack_id for one in received]
                subscriber.acknowledge(subscription=path, ack_ids=acknowledged)
                messages += [message_of(one.message, topic) for one in received]
    return sorted(messages, key=lambda message: int(message.id))


def leased(queue: SQLiteQueue) -> list[Any]:
    messages = []
    while delivery := queue.lease():
        queue.acknowledge(delivery)
        messages.append(delivery.message)
    return messages


def taken(server: PubSubServer) -> list[Message]:
    """Return what was published, as a subscriber would read it."""
    return [
        message_of(message, name)
        for name, topic in server.topics.items()
        for message in topic.messages
    ]


def message_of(m: PubsubMessage, topic: str) -> Message:
    return Message(m.message_id, topic, m.data, dict(m.attributes), m.publish_time.astimezone(UTC))


FORKED = """
import base64, os, pickle, sys, traceback
pickled, folder, count, script = sys.argv[1:]
opener = pickle.loads(base64.b64decode(pickled))

def child(number):
    with open(os.path.join(folder, str(number)), "w") as sys.stdout:
        exec(script, {"number": number, "port": opener()})

for number in range(int(count)):
    if not os.fork():
        try:
            child(number)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
sys.exit(any([os.wait()[1] for _ in range(int(count))]))
"""


@pytest.fixture
def in_processes(tmp_path: Path) -> Callable[..., list[str]]:
    """Return a call that runs one script in `count` processes at once; their outputs.

    The script finds `port`, opened by the process itself, and `number`, its own. The processes
    are forks of one that has imported everything, so they begin together.
    """

    def run(script: str, opener: Callable[[], object], count: int) -> list[str]:
        folder = tmp_path / "outputs"
        folder.mkdir()
        pickled = base64.b64encode(pickle.dumps(opener)).decode()
        subprocess.run(
            [sys.executable, "-c", FORKED, pickled, folder, str(count), script],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            timeout=120,
            check=True,
        )
        return [(folder / str(number)).read_text().strip() for number in range(count)]

    return run
