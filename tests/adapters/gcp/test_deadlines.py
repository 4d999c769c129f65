"""A request to a silent service ends after its patience."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Response
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from tests.wire.bigquery import BigQueryServer
from tests.wire.serving import serving
from tests.wire.storage import StorageServer
from titanic_mlops.adapters.gcp.warehouse import BigQueryWarehouse
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import Unavailable
from titanic_mlops.ports import ObjectStore, Table, TableField, Warehouse

ANONYMOUS = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types
PATIENCE_SECONDS = 0.2
TABLE = Table("passengers", (TableField("id", "INT64"),))


@pytest.fixture
def silent() -> Iterator[Callable[[], Response]]:
    """Return a fault that holds a request until the test is over."""
    over = threading.Event()

    def hold() -> Response:
        over.wait()
        return Response("too late", status=500)

    yield hold
    over.set()


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.put("a", b"1"),
        lambda store: store.get("a"),
        lambda store: store.stat("a"),
        lambda store: list(store.list()),
        lambda store: store.delete("a"),
        lambda store: store.open("a", version=1),
    ],
    ids=["put", "get", "stat", "list", "delete", "open"],
)
def test_a_silent_cloud_storage_times_out(
    server: StorageServer,
    open_store: Callable[[float], ObjectStore],
    ask: Callable[[ObjectStore], object],
    silent: Callable[[], Response],
) -> None:
    server.faults += [silent] * 20
    with pytest.raises(Unavailable):
        ask(open_store(PATIENCE_SECONDS))


@pytest.mark.parametrize("size", [1, 9_000_000], ids=["in one request", "in several"])
def test_a_download_that_stalls_times_out(
    server: StorageServer,
    open_store: Callable[[float], ObjectStore],
    size: int,
    silent: Callable[[], Response],
) -> None:
    version = open_store(60).put("a", bytes(size)).version
    with open_store(PATIENCE_SECONDS).open("a", version=version) as stream:
        server.faults += [silent] * 20
        with pytest.raises(Unavailable):
            stream.read()


@pytest.mark.parametrize(
    "ask",
    [
        lambda warehouse: warehouse.ensure([TABLE]),
        lambda warehouse: warehouse.load("gs://bucket/a", "passengers", job_id="a"),
        lambda warehouse: warehouse.execute("INSERT INTO passengers (id) VALUES (1)"),
        lambda warehouse: warehouse.execute("DROP TABLE IF EXISTS passengers"),
        lambda warehouse: warehouse.query("SELECT id FROM passengers"),
    ],
    ids=["ensure", "load", "execute", "define", "query"],
)
def test_a_silent_bigquery_times_out(
    tmp_path: Path, ask: Callable[[Warehouse], object], silent: Callable[[], Response]
) -> None:
    server = BigQueryServer(tmp_path, lambda _bucket, _key: None)
    server.faults += [silent] * 20
    leases = DirectoryStore(tmp_path / "leases")
    with serving(server.app) as address:
        client = bigquery.Client("wire", ANONYMOUS, client_options={"api_endpoint": address})
        with pytest.raises(Unavailable):
            ask(BigQueryWarehouse(client, "titanic", leases, patience=PATIENCE_SECONDS))
