"""Jobs of BigQuery: statements and loads, each with bounds of time, once under one id.

BigQuery accepts a job id once, also when the job fails: each further attempt appends the next
number.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cached_property
from itertools import count
from typing import Any, cast

from google.api_core import exceptions as api
from google.cloud import bigquery

from titanic_mlops.adapters.gcp.lease import StillRunning
from titanic_mlops.adapters.gcp.schemas import parameter, parquet_load
from titanic_mlops.adapters.gcp.timing import STATEMENT_SECONDS
from titanic_mlops.adapters.statements import without_nulls
from titanic_mlops.errors import Rejected
from titanic_mlops.ports import Value


class Jobs:
    """Run jobs on one dataset; `bounds` are those of one request, as the client takes them."""

    def __init__(
        self, client: bigquery.Client, dataset: bigquery.DatasetReference, bounds: dict[str, Any]
    ) -> None:
        self._client = client
        self._dataset = dataset
        self._bounds = bounds

    def refuse_unless_select(self, sql: str, config: bigquery.QueryJobConfig) -> None:
        """Let BigQuery itself say what a statement would do; this costs nothing.

        Raises:
            Rejected: it is no SELECT.
        """
        dry = deepcopy(config)
        dry.dry_run = True
        job = self._client.query(
            sql, job_config=dry, location=self._location, job_retry=None, **self._bounds
        )
        if job.statement_type != "SELECT":
            raise Rejected(f"SQL: this is {job.statement_type}; only a SELECT is allowed")

    def asked(self, sql: str, params: Mapping[str, Value]) -> tuple[str, bigquery.QueryJobConfig]:
        """Return a statement and its configuration, with the values of its parameters."""
        nulls = frozenset(name for name, value in params.items() if value is None)
        return without_nulls(sql, nulls), bigquery.QueryJobConfig(
            default_dataset=self._dataset,
            query_parameters=[parameter(n, v) for n, v in params.items() if v is not None],
            # BigQuery must end the statement before the lease expires.
            job_timeout_ms=int(STATEMENT_SECONDS * 1000),
        )

    def run(
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

    def run_once(self, sql: str, config: bigquery.QueryJobConfig, job_id: str) -> int:
        """Run a statement unless a job of this id has; return how many rows it changed now."""
        for attempt in count():
            name = f"{job_id}-{attempt}"
            try:
                return int(self.run(sql, config, name).num_dml_affected_rows or 0)
            except api.Conflict:
                job = self._client.get_job(name, location=self._location, **self._bounds)
            if _has_succeeded(job, self._bounds["retry"]):
                return 0
        raise AssertionError("count() never ends")

    def load_once(self, uri: str, target: bigquery.Table, job_id: str) -> int:
        """Replace the rows of a table by those of a Parquet object; return how many there are.

        A load that an earlier attempt completed is not repeated while the table is as it left it.
        """
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
            return int(job.output_rows or 0)
        raise AssertionError("count() never ends")

    @cached_property
    def _location(self) -> str:
        """Region of the dataset; jobs outside of the US and the EU are found only by it."""
        return str(self._client.get_dataset(self._dataset, **self._bounds).location)

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
