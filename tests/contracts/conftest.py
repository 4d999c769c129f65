"""Every suite of this folder runs on every platform; add one name to PLATFORMS to add one."""

from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud import storage as cloud_storage
from google.cloud.pubsub_v1 import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from tests.wire.bigquery import BigQueryServer
from tests.wire.pubsub import PubSubServer
from tests.wire.serving import serving
from tests.wire.storage import Bucket, StorageServer
from titanic_mlops.adapters.gcp.bus import PubSubBus
from titanic_mlops.adapters.gcp.object_store import BucketStore
from titanic_mlops.adapters.gcp.warehouse import BigQueryWarehouse
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.events import Message
from titanic_mlops.ports import EventBus, ObjectStore, Warehouse

PLATFORMS = ("local", "gcp")
NOBODY = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types
NOBODY = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def storage(platform: str) -> Iterator[tuple[StorageServer, str] | None]:
    """Serve a Cloud Storage where the platform needs one; return it and its address."""
    if platform == "local":
        yield None
        return
    server = StorageServer()
    server.buckets["contracts"] = Bucket()
    with serving(server.app) as address:
        yield server, address


@pytest.fixture
def open_store(
    storage: tuple[StorageServer, str] | None, tmp_path: Path
) -> Callable[[], ObjectStore]:
    """Return a picklable call that opens the same, at first empty, store anywhere."""
    if storage is None:
        return partial(DirectoryStore, tmp_path / "store")
    return partial(open_bucket, storage[1])


def open_bucket(address: str) -> ObjectStore:
    """Open the bucket as a process that only knows where it is."""
    options = {"api_endpoint": address}
    client = cloud_storage.Client("contracts", NOBODY, client_options=options)
    return BucketStore(client.bucket("contracts"))


@pytest.fixture
def store(open_store: Callable[[], ObjectStore]) -> ObjectStore:
    return open_store()


@pytest.fixture
def warehouse(storage: tuple[StorageServer, str] | None, tmp_path: Path) -> Iterator[Warehouse]:
    if storage is None:
        yield DuckDBWarehouse(tmp_path / "warehouse" / "titanic.duckdb")
        return
    server = BigQueryServer(tmp_path / "bigquery", storage[0].data_of)
    with serving(server.app) as address:
        yield open_dataset(address)


def open_dataset(address: str) -> Warehouse:
    options = {"api_endpoint": address}
    client = bigquery.Client("wire", NOBODY, client_options=options)
    return BigQueryWarehouse(client, "titanic")


@pytest.fixture
def pubsub(platform: str) -> Iterator[tuple[PubSubServer, str] | None]:
    """Serve a Pub/Sub where the platform needs one; return it and its address."""
    if platform == "local":
        yield None
        return
    server = PubSubServer()
    with server.serving() as address:
        yield server, address


@pytest.fixture
def bus(pubsub: tuple[PubSubServer, str] | None, tmp_path: Path) -> EventBus:
    if pubsub is None:
        return SQLiteQueue(tmp_path / "queue.sqlite")
    return open_topics(pubsub[1])


def open_topics(address: str) -> EventBus:

    transport = PublisherGrpcTransport(channel=grpc.insecure_channel(address))
    return PubSubBus(PublisherClient(transport=transport), {})


@pytest.fixture
def received(bus: EventBus, pubsub: tuple[PubSubServer, str] | None) -> Callable[[], list[Any]]:
    """Return a call that takes whatever was published, oldest first."""
    if pubsub is not None:
        return partial(taken, pubsub[0])
    assert isinstance(bus, SQLiteQueue)
    queue = bus

    def take() -> list[Any]:
        messages = []
        while message := queue.lease():
            queue.acknowledge(message)
            messages.append(message)
        return messages

    return take


def taken(server: PubSubServer) -> list[Message]:
    """Return what was published, as a subscriber would read it."""
    return [
        Message(m.message_id, name, m.data, dict(m.attributes), m.publish_time.astimezone(UTC))
        for name, topic in server.topics.items()
        for m in topic.messages
    ]


@pytest.fixture
def in_processes() -> Callable[..., list[str]]:
    """Return a call that runs one script in `count` processes at once; their outputs.

    The script finds `port`, opened by the process itself, and `number`, its own.
    """

    def run(script: str, opener: Callable[[], object], count: int) -> list[str]:
        pickled = base64.b64encode(pickle.dumps(opener)).decode()
        opened = (
            f"import base64, pickle, sys\nnumber = int(sys.argv[1])\n"
            f"port = pickle.loads(base64.b64decode('{pickled}'))()\n"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        processes = [
            subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, "-c", opened + script, str(number)],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(count)
        ]
        outputs = [process.communicate(timeout=60)[0].strip() for process in processes]
        assert [process.returncode for process in processes] == [0] * count
        return outputs

    return run
