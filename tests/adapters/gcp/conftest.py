"""Cloud Storage on the loopback, with faults where a test asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client

from tests.wire.serving import serving
from tests.wire.storage import Bucket, StorageServer
from titanic_mlops.adapters.gcp.object_store import BucketStore

ANONYMOUS = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types


@pytest.fixture
def server() -> StorageServer:
    made = StorageServer()
    made.buckets["bucket"] = Bucket()
    return made


@pytest.fixture
def open_store(server: StorageServer) -> Iterator[Callable[[float], BucketStore]]:
    """Return a call that opens the bucket with a patience in seconds."""
    with serving(server.app) as address:
        client = Client("wire", ANONYMOUS, client_options={"api_endpoint": address})
        yield lambda patience: BucketStore(client.bucket("bucket"), patience=patience)


@pytest.fixture
def store(open_store: Callable[[float], BucketStore]) -> BucketStore:
    return open_store(60)
