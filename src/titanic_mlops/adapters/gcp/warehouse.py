"""Tables in one BigQuery dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
from google.api_core import exceptions as api
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from titanic_mlops.adapters.gcp.errors import google_errors
from titanic_mlops.adapters.gcp.jobs import Jobs
from titanic_mlops.adapters.gcp.lease import lease
from titanic_mlops.adapters.gcp.schemas import missing_columns, new_table
from titanic_mlops.adapters.gcp.timing import (
    REQUEST_SECONDS,
    STATEMENT_SECONDS,
    TABLE_LEASE_SECONDS,
    WRITER_SECONDS,
)
from titanic_mlops.adapters.statements import only, parsed, qualified, used
from titanic_mlops.ports import LoadResult, ObjectStore, Table, Value

LOOK_BYTES = 10_000_000_000
"""Upper bound of what a user's SELECT bills: about 0.06 $; BigQuery refuses a larger one unrun."""


class BigQueryWarehouse:
    """Hold the tables of one problem in the existing `dataset`.

    BigQuery runs inserts concurrently, each on a snapshot of the table from its start: two
    statements "insert unless the row exists" would both insert. So a statement without a job
    id that changes rows of a table first takes the table's lease, an object in `leases`.
    """

    def __init__(
        self,
        client: bigquery.Client,
        dataset: str,
        leases: ObjectStore,
        *,
        patience: float = REQUEST_SECONDS,
    ) -> None:
        self._client = client
        self._dataset = bigquery.DatasetReference.from_string(dataset, client.project)
        self._leases = leases
        # The client's default is to retry for ten minutes and to wait without limit.
        self._bounds: dict[str, Any] = {
            "retry": bigquery.DEFAULT_RETRY.with_timeout(patience),
            "timeout": patience,
        }
        self._jobs = Jobs(client, self._dataset, self._bounds)

    def ensure(self, tables: Iterable[Table]) -> None:
        """Create tables and add the columns they lack, NULLABLE; replace views.

        Raises:
            Rejected: a column that exists has another type.
        """
        wanted = list(tables)
        changes = [change for table in wanted if not table.view for change in self._changed(table)]
        for change in changes:
            with google_errors(change.table_id):
                if change.etag:
                    self._client.update_table(change, ["schema"], **self._bounds)
                else:
                    self._client.create_table(change, exists_ok=True, **self._bounds)
        for table in wanted:
            if table.view:
                select = qualified(only(parsed(table.view), "read").sql, self._dataset.dataset_id)
                with google_errors(table.name):
                    self._jobs.run(
                        *self._jobs.asked(f"CREATE OR REPLACE VIEW {table.name} AS {select}", {})
                    )

    def load(self, uri: str, table: str, *, job_id: str) -> LoadResult:
        """Replace the rows of `table` with those of a Parquet object; match columns by name."""
        with google_errors(f"{uri} into {table}"):
            target = self._client.get_table(self._dataset.table(table), **self._bounds)
            return LoadResult(rows=self._jobs.load_once(uri, target, job_id))

    def execute(self, sql: str, params: Mapping[str, Value] = {}, *, job_id: str = "") -> int:
        """Run one statement that changes rows or tables; return how many rows it changed."""
        statement = only(parsed(sql), "write", "define")
        asked = self._jobs.asked(sql, used(statement, params))
        with google_errors(sql[:60]):
            if job_id:
                return self._jobs.run_once(*asked, job_id)
            if statement.kind == "define":
                self._jobs.run(*asked)
                return 0
            key = f"leases/{self._dataset.dataset_id}/{statement.target}"
            with lease(self._leases, key, seconds=TABLE_LEASE_SECONDS, patience=WRITER_SECONDS):
                job = self._jobs.run(*asked)
        return int(job.num_dml_affected_rows or 0)

    def query(self, sql: str, params: Mapping[str, Value] = {}) -> pa.Table:
        """Return the rows of one SELECT; times are in UTC."""
        statement = only(parsed(sql), "read")
        asked = self._jobs.asked(sql, used(statement, params))
        with google_errors(sql[:60]):
            rows = self._jobs.run(*asked).result(**self._bounds)
            return rows.to_arrow(create_bqstorage_client=False, timeout=STATEMENT_SECONDS)

    def look(self, sql: str, params: Mapping[str, Value] = {}, *, most: int) -> pa.Table:
        """Return the first `most` rows of a SELECT that bills at most `LOOK_BYTES`."""
        statement = only(parsed(sql), "read")
        text, config = self._jobs.asked(sql, used(statement, params))
        config.maximum_bytes_billed = LOOK_BYTES
        with google_errors("SQL"):
            self._jobs.refuse_unless_select(text, config)
            rows = self._jobs.run(text, config).result(max_results=most, **self._bounds)
            return rows.to_arrow(create_bqstorage_client=False, timeout=STATEMENT_SECONDS)

    def _changed(self, table: Table) -> Iterator[bigquery.Table]:
        """Yield the table as BigQuery must create or change it; nothing where it is so already."""
        reference = self._dataset.table(table.name)
        with google_errors(table.name):
            try:
                found = self._client.get_table(reference, **self._bounds)
            except api.NotFound:
                yield new_table(reference, table)
                return
        if missing := missing_columns(found, table):
            found.schema = [*found.schema, *missing]
            yield found


def open_dataset(
    project: str, dataset: str, leases: ObjectStore, *, emulated: bool
) -> BigQueryWarehouse:
    """Return the warehouse of a dataset; nothing is requested yet.

    Google's other clients detect an emulator and send no credentials by themselves.
    """
    anonymous = AnonymousCredentials() if emulated else None  # type: ignore[no-untyped-call] # it has no types
    client = bigquery.Client(project=project, credentials=anonymous)
    return BigQueryWarehouse(client, dataset, leases)
