"""Tables in one BigQuery dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from google.api_core import exceptions as api
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from titanic_mlops.adapters.gcp.errors import google_errors
from titanic_mlops.adapters.gcp.lease import StillRunning, lease
from titanic_mlops.adapters.statements import only, parsed, qualified, used, without_nulls
from titanic_mlops.errors import Rejected
from titanic_mlops.ports import LoadResult, ObjectStore, Table, TableField, Value

if TYPE_CHECKING:
    import pyarrow as pa

PARAMETERS = {bool: "BOOL", int: "INT64", float: "FLOAT64", str: "STRING", bytes: "BYTES"}
REQUEST_SECONDS = 15.0
"""How long a request may be silent, and how long it is tried again: twice this together."""
STATEMENT_SECONDS = 120.0
LEASE_SECONDS = 2 * REQUEST_SECONDS + 2 * REQUEST_SECONDS + STATEMENT_SECONDS + 20
"""To make the object, to begin the statement, and to run it."""
WRITER_SECONDS = LEASE_SECONDS + 50
"""How long to wait for others who write into a table: longer than one who died holds it."""


class BigQueryWarehouse:
    """Hold the tables of one problem in `dataset`, which exists.

    BigQuery runs statements that only insert side by side, each on the table as it was when
    it began: two of "insert unless it is there" would both insert. So whoever changes rows
    of a table has a lease on it, an object in `leases`, and statements follow each other.
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
        # The client's own retries would go on for ten minutes, and a request for ever.
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
        changes = [change for table in wanted if not table.view for change in self._change(table)]
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
        """Replace the rows of `table` by those of a Parquet object, column by name.

        An id is accepted once, and a failed one is burnt: each further try has its own.
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
                        job_config=_as_parquet(target),
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

    def execute(self, sql: str, params: Mapping[str, Value] = {}) -> int:
        """Run one statement that changes rows or tables; return how many rows it changed."""
        statement = only(parsed(sql), "write", "define")
        asked = self._asked(sql, used(statement, params))
        with google_errors(sql[:60]):
            if statement.kind == "define":
                self._run(*asked)
                return 0
            key = f"leases/{self._dataset.dataset_id}/{statement.target}"
            with lease(self._leases, key, seconds=LEASE_SECONDS, patience=WRITER_SECONDS):
                job = self._run(*asked)
        return int(job.num_dml_affected_rows or 0)

    def query(self, sql: str, params: Mapping[str, Value] = {}) -> pa.Table:
        """Return the rows of one SELECT; times are in UTC."""
        statement = only(parsed(sql), "read")
        asked = self._asked(sql, used(statement, params))
        with google_errors(sql[:60]):
            rows = self._run(*asked).result(**self._bounds)
            return rows.to_arrow(create_bqstorage_client=False, timeout=STATEMENT_SECONDS)

    def _asked(self, sql: str, params: Mapping[str, Value]) -> tuple[str, bigquery.QueryJobConfig]:
        nulls = frozenset(name for name, value in params.items() if value is None)
        return without_nulls(sql, nulls), bigquery.QueryJobConfig(
            default_dataset=self._dataset,
            query_parameters=[_parameter(n, v) for n, v in params.items() if v is not None],
            # Nothing is still at it when the lease has run out.
            job_timeout_ms=int(STATEMENT_SECONDS * 1000),
        )

    def _run(self, sql: str, config: bigquery.QueryJobConfig) -> bigquery.QueryJob:
        """Return the job once it is done.

        Raises:
            StillRunning: it was perhaps begun, and whether it is done is not known.
        """
        location = self._location
        try:
            job = self._client.query(
                sql, job_config=config, location=location, job_retry=None, **self._bounds
            )
        except api.ClientError:
            raise  # refused
        except Exception as error:  # whatever it was
            raise StillRunning(str(error)) from error
        try:
            job.result(retry=self._bounds["retry"], timeout=STATEMENT_SECONDS)
        except Exception as error:
            if job.state == "DONE":
                raise
            raise StillRunning(str(error)) from error
        return job

    @cached_property
    def _location(self) -> str:
        """Where the dataset lies: outside of the US and the EU a job is only found there."""
        return str(self._client.get_dataset(self._dataset, **self._bounds).location)

    def _change(self, table: Table) -> Iterator[bigquery.Table]:
        """Yield the table as it must become, where it is not so yet."""
        reference = self._dataset.table(table.name)
        with google_errors(table.name):
            try:
                found = self._client.get_table(reference, **self._bounds)
            except api.NotFound:
                made = bigquery.Table(reference, [_field(field) for field in table.fields])
                if table.transient:
                    made.expires = datetime.now(UTC) + timedelta(days=1)
                if table.partition:
                    made.time_partitioning = bigquery.TimePartitioning(field=table.partition)
                yield made
                return
        columns = {field.name.lower(): field for field in found.schema}
        new = []
        for field in table.fields:
            known = columns.get(field.name.lower())
            if known is None:
                new.append(
                    _field(field, mode="REPEATED" if field.mode == "REPEATED" else "NULLABLE")
                )
            elif _type(known) != field.type:
                raise Rejected(
                    f"{table.name}.{field.name}: is {_type(known)}, declared {field.type}; a"
                    " column keeps its type, add a new one"
                )
        if new:
            found.schema = [*found.schema, *new]
            yield found

    def _is_still_there(self, job: bigquery.LoadJob) -> bool:
        """Return whether a load that was accepted before went well, and nobody wrote since."""
        try:
            job.result(retry=self._bounds["retry"], timeout=STATEMENT_SECONDS)
        except api.GoogleAPICallError:
            return False
        table = self._client.get_table(job.destination, **self._bounds)
        return bool(table.modified <= job.ended)


def open_dataset(
    project: str, dataset: str, leases: ObjectStore, *, emulated: bool
) -> BigQueryWarehouse:
    """Return the warehouse of a dataset; the client asks nothing yet.

    The other clients see by themselves that an emulator needs no credentials.
    """
    nobody = AnonymousCredentials() if emulated else None  # type: ignore[no-untyped-call] # it has no types
    client = bigquery.Client(project=project, credentials=nobody)
    return BigQueryWarehouse(client, dataset, leases)


def _as_parquet(target: bigquery.Table) -> bigquery.LoadJobConfig:
    lists = bigquery.ParquetOptions()  # type: ignore[no-untyped-call] # it has no types
    lists.enable_list_inference = True  # without it a repeated record is loaded empty
    return bigquery.LoadJobConfig(
        parquet_options=lists,
        source_format=bigquery.SourceFormat.PARQUET,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
        schema=target.schema,
    )


def _parameter(name: str, value: Any) -> bigquery.ScalarQueryParameter:  # noqa: ANN401 any Value
    kind = "TIMESTAMP" if isinstance(value, datetime) else PARAMETERS[type(value)]
    return bigquery.ScalarQueryParameter(name, kind, value)


def _field(field: TableField, *, mode: str = "") -> bigquery.SchemaField:
    return bigquery.SchemaField(
        field.name,
        field.type,
        mode=mode or field.mode,
        description=field.description,
        fields=[_field(inner) for inner in field.fields],
    )


def _type(field: bigquery.SchemaField) -> str:
    older = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD"}
    return older.get(field.field_type, field.field_type)
