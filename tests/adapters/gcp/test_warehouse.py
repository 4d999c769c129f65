"""Faults that only BigQuery has: a statement that runs on unseen, a lost answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Response
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from tests.wire.bigquery import STATEMENT_TYPES, BigQueryServer
from tests.wire.serving import serving
from titanic_mlops.adapters.gcp import timing
from titanic_mlops.adapters.gcp import warehouse as module
from titanic_mlops.adapters.gcp.warehouse import BigQueryWarehouse
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import Rejected, Unavailable
from titanic_mlops.ports import ObjectStore, Table, TableField

ANONYMOUS = AnonymousCredentials()  # type: ignore[no-untyped-call] # it has no types
TABLE = Table("passengers", (TableField("id", "INT64"),))
INSERT = "INSERT INTO passengers (id) VALUES (1)"
LEASE = "leases/titanic/passengers"
JSON = "application/json"


@pytest.fixture
def leases(tmp_path: Path) -> ObjectStore:
    return DirectoryStore(tmp_path / "leases")


@pytest.fixture
def server(tmp_path: Path) -> BigQueryServer:
    return BigQueryServer(tmp_path / "bigquery", lambda _bucket, _key: None, statement_seconds=0.01)


@pytest.fixture
def warehouse(server: BigQueryServer, leases: ObjectStore) -> Iterator[BigQueryWarehouse]:
    with serving(server.app) as address:
        client = bigquery.Client("wire", ANONYMOUS, client_options={"api_endpoint": address})
        made = BigQueryWarehouse(client, "titanic", leases, patience=20)
        made.ensure([TABLE])
        made.query("SELECT id FROM passengers")  # it knows by now where the dataset lies
        yield made


def refusal(code: int, reason: str) -> Callable[[], Response]:
    error = {"code": code, "message": "refused", "errors": [{"reason": reason}]}
    return lambda: Response(f'{{"error": {error}}}'.replace("'", '"'), code, mimetype=JSON)


def passed() -> None:
    """Let a request through."""


def test_a_statement_that_is_done_leaves_the_table_to_others(
    warehouse: BigQueryWarehouse, leases: ObjectStore
) -> None:
    assert warehouse.execute(INSERT) == 1
    assert leases.stat(LEASE) is None


@pytest.mark.parametrize(
    "sql",
    ["INSERT INTO passengers (nothing) VALUES (1)", "INSERT INTO passengers (id) SELECT @none"],
    ids=["by BigQuery", "by us"],
)
def test_a_statement_that_is_refused_leaves_the_table_to_others(
    warehouse: BigQueryWarehouse, leases: ObjectStore, sql: str
) -> None:
    with pytest.raises(Rejected):
        warehouse.execute(sql)
    assert leases.stat(LEASE) is None


def test_a_forbidden_statement_leaves_the_table_to_others(
    warehouse: BigQueryWarehouse, server: BigQueryServer, leases: ObjectStore
) -> None:
    server.faults.append(refusal(403, "accessDenied"))
    with pytest.raises(Unavailable):
        warehouse.execute(INSERT)
    assert leases.stat(LEASE) is None


@pytest.mark.parametrize(
    ("code", "reason"), [(403, "accessDenied"), (403, "quotaExceeded"), (404, "notFound")]
)
def test_a_statement_whose_end_is_unknown_keeps_its_lease(
    warehouse: BigQueryWarehouse,
    server: BigQueryServer,
    leases: ObjectStore,
    code: int,
    reason: str,
) -> None:
    server.faults += [passed, refusal(code, reason)]
    with pytest.raises(Unavailable):
        warehouse.execute(INSERT)
    assert leases.stat(LEASE)


def test_a_statement_whose_answer_was_lost_is_found_by_its_id(
    warehouse: BigQueryWarehouse, server: BigQueryServer, leases: ObjectStore
) -> None:
    server.lose_answers = 1
    assert warehouse.execute(INSERT) == 1
    assert server.lose_answers == 0
    assert leases.stat(LEASE) is None


def test_writers_of_other_tables_and_datasets_are_not_awaited(
    warehouse: BigQueryWarehouse, leases: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases.put("leases/titanic/evaluations", b"another table's")
    leases.put("leases/flats/passengers", b"another dataset's")
    monkeypatch.setattr(module, "WRITER_SECONDS", 1)
    assert warehouse.execute(INSERT) == 1
    leases.put(LEASE, b"this one's")
    with pytest.raises(Unavailable, match="other processes have held the lease"):
        warehouse.execute(INSERT)


def test_a_lease_outlasts_its_statement_and_waiters_outlast_it() -> None:
    to_make_the_object = to_begin = 2 * timing.REQUEST_SECONDS
    assert to_make_the_object + to_begin + timing.STATEMENT_SECONDS < timing.TABLE_LEASE_SECONDS
    assert timing.TABLE_LEASE_SECONDS < timing.WRITER_SECONDS < 540  # a function's end


def test_a_look_states_what_it_may_bill(
    warehouse: BigQueryWarehouse, server: BigQueryServer
) -> None:
    server.byte_bounds.clear()
    warehouse.look("SELECT id FROM passengers", most=1)
    assert server.byte_bounds == [str(module.LOOK_BYTES)]


def test_a_look_leaves_to_bigquery_what_a_select_is(
    warehouse: BigQueryWarehouse, server: BigQueryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(STATEMENT_TYPES, "read", "SCRIPT")
    server.byte_bounds.clear()
    with pytest.raises(Rejected, match="SCRIPT"):
        warehouse.look("SELECT id FROM passengers", most=1)
    assert server.byte_bounds == []
