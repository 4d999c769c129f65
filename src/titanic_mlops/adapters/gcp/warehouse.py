"""Tables in one BigQuery dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cached_property
from itertools import count
from typing import Any, cast

import pyarrow as pa
from google.api_core import exceptions as api
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from titanic_mlops.adapters.gcp.errors import google_errors
from titanic_mlops.adapters.gcp.lease import StillRunning, lease
from titanic_mlops.adapters.gcp.schemas import (
    missing_columns,
    new_table,
    parameter,
    parquet_load,
)
from titanic_mlops.adapters.gcp.timing import (
    REQUEST_SECONDS,
    STATEMENT_SECONDS,
    TABLE_LEASE_SECONDS,
    WRITER_SECONDS,
)
from titanic_mlops.adapters.statements import only, parsed, qualified, used, without_nulls
from titanic_mlops.errors import Rejected
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
                    self._run(*self._asked(f"CREATE OR REPLACE VIEW {table.name} AS {select}", {}))

    def load(self, uri: str, table: str, *, job_id: str) -> LoadResult:
        """Replace the rows of `table` with those of a Parquet object; match columns by name.

        BigQuery accepts a job id once, also when the job fails: each further attempt appends
        the next number.
        """
        with google_errors(f"{uri} into {table}"):
            target = self._client.get_table(self._dataset.table(table), **self._bounds)
            for attempt in count():
                name = f"{job_id}-{attempt}"
                try:
                    job = self._client.load_table_from_uri(
                        uri,
                        target.reference,
                        job_id=name,
                        job_config=parquet_load(target),
                        **self._bounds,
                    )
                except api.Conflict:
                    job = cast(
                        "bigquery.LoadJob",
                        self._client.get_job(name, location=target.location, **self._bounds),
                    )
                    if not self._is_still_there(job):
                        continue
                job.result(retry=self._bounds["retry"], timeout=STATEMENT_SECONDS)
                return LoadResult(rows=int(job.output_rows or 0))
        raise AssertionError("count() never ends")

    def execute(self, sql: str, params: Mapping[str, Value] = {}, *, job_id: str = "") -> int:
        """Run one statement that changes rows or tables; return how many rows it changed."""
        statement = only(parsed(sql), "write", "define")
        asked = self._asked(sql, used(statement, params))
        with google_errors(sql[:60]):
            if job_id:
                return self._run_once(*asked, job_id)
            if statement.kind == "define":
                self._run(*asked)
                return 0
            key = f"leases/{self._dataset.dataset_id}/{statement.target}"
            with lease(self._leases, key, seconds=TABLE_LEASE_SECONDS, patience=WRITER_SECONDS):
                job = self._run(*asked)
        return int(job.num_dml_affected_rows or 0)

    def query(self, sql: str, params: Mapping[str, Value] = {}) -> pa.Table:
        """Return the rows of one SELECT; times are in UTC."""
        statement = only(parsed(sql), "read")
        asked = self._asked(sql, used(statement, params))
        with google_errors(sql[:60]):
            rows = self._run(*asked).result(**self._bounds)
            return rows.to_arrow(create_bqstorage_client=False, timeout=STATEMENT_SECONDS)

    def look(self, sql: str, params: Mapping[str, Value] = {}, *, most: int) -> pa.Table:
        """Return the first `most` rows of a SELECT that bills at most `LOOK_BYTES`."""
        statement = only(parsed(sql), "read")
        text, config = self._asked(sql, used(statement, params))
        config.maximum_bytes_billed = LOOK_BYTES
        with google_errors("SQL"):
            self._refuse_unless_select(text, config)
            rows = self._run(text, config).result(max_results=most, **self._bounds)
            return rows.to_arrow(create_bqstorage_client=False, timeout=STATEMENT_SECONDS)

    def _refuse_unless_select(self, sql: str, config: bigquery.QueryJobConfig) -> None:
        """Let BigQuery itself say what a statement would do; this costs nothing."""
        dry = deepcopy(config)
        dry.dry_run = True
        job = self._client.query(
            sql, job_config=dry, location=self._location, job_retry=None, **self._bounds
        )
        if job.statement_type != "SELECT":
            raise Rejected(f"SQL: this is {job.statement_type}; only a SELECT is allowed")

    def _asked(self, sql: str, params: Mapping[str, Value]) -> tuple[str, bigquery.QueryJobConfig]:
        nulls = frozenset(name for name, value in params.items() if value is None)
        return without_nulls(sql, nulls), bigquery.QueryJobConfig(
            default_dataset=self._dataset,
            query_parameters=[parameter(n, v) for n, v in params.items() if v is not None],
            # BigQuery must end the statement before the lease expires.
            job_timeout_ms=int(STATEMENT_SECONDS * 1000),
        )

    def _run(
        self, sql: str, config: bigquery.QueryJobConfig, job_id: str | None = None
    ) -> bigquery.QueryJob:
        """Return the job once it is done.

        Raises:
            StillRunning: the job may have been started, and its end is not known.
        """
        location = self._location
        try:
            job = self._client.query(
                sql,
                job_id=job_id,
                job_config=config,
                location=location,
                job_retry=None,
                **self._bounds,
            )
        except api.ClientError:
            raise  # BigQuery rejected the statement
        except Exception as error:  # an outage, a timeout: the request may have arrived
            raise StillRunning(str(error)) from error
        try:
            job.result(retry=self._bounds["retry"], timeout=STATEMENT_SECONDS)
        except Exception as error:
            if job.state == "DONE":
                raise
            raise StillRunning(str(error)) from error
        return job

    def _run_once(self, sql: str, config: bigquery.QueryJobConfig, job_id: str) -> int:
        """Run a statement unless a job of this id has; return how many rows it changed now.

        BigQuery accepts a job id once, also when the job fails: each further attempt appends
        the next number.
        """
        for attempt in count():
            name = f"{job_id}-{attempt}"
            try:
                return int(self._run(sql, config, name).num_dml_affected_rows or 0)
            except api.Conflict:
                job = self._client.get_job(name, location=self._location, **self._bounds)
            if _has_succeeded(job, self._bounds["retry"]):
                return 0
        raise AssertionError("count() never ends")

    @cached_property
    def _location(self) -> str:
        """Region of the dataset; jobs outside of the US and the EU are found only by it."""
        return str(self._client.get_dataset(self._dataset, **self._bounds).location)

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

    def _is_still_there(self, job: bigquery.LoadJob) -> bool:
        """Return whether an earlier load succeeded and the table has not changed since."""
        if not _has_succeeded(job, self._bounds["retry"]):
            return False
        table = self._client.get_table(job.destination, **self._bounds)
        return bool(table.modified <= job.ended)


def _has_succeeded(job: Any, retry: Any) -> bool:  # noqa: ANN401 a job and its client's retry
    """Wait for the end of a job that another attempt started; return whether it succeeded."""
    try:
        job.result(retry=retry, timeout=STATEMENT_SECONDS)
    except api.GoogleAPICallError:
        return False
    return True


def open_dataset(
    project: str, dataset: str, leases: ObjectStore, *, emulated: bool
) -> BigQueryWarehouse:
    """Return the warehouse of a dataset; nothing is requested yet.

    Google's other clients detect an emulator and send no credentials by themselves.
    """
    anonymous = AnonymousCredentials() if emulated else None  # type: ignore[no-untyped-call] # it has no types
    client = bigquery.Client(project=project, credentials=anonymous)
    return BigQueryWarehouse(client, dataset, leases)
