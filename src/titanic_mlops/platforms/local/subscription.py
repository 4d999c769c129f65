"""Store messages of the queue as rows of a table, as a BigQuery subscription does."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pyarrow as pa

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.timing import LEASE_SECONDS
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import EventUnreadable, TitanicMlopsError, worth_redelivery
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.messages import Delivery
from titanic_mlops.platforms.timing import RETRY_SECONDS
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.arrow import arrow_schema, to_array
from titanic_mlops.tables.problem import predictions_data

BATCH = 2_000  # messages

Rows = Callable[[list[bytes]], pa.Table]


class TableSubscription:
    """Store each message of one topic as a row of one table.

    A crash may store a message twice, as on Google Cloud; views read each row once. `rows`
    converts messages into rows of the table, or raises one of our errors.
    """

    def __init__(
        self, queue: SQLiteQueue, topic: str, warehouse: DuckDBWarehouse, table: str, rows: Rows
    ) -> None:
        self._queue = queue
        self._topic = topic
        self._warehouse = warehouse
        self._table = table
        self._rows = rows

    def pull(self) -> int:
        """Store the oldest messages, one batch at most; return how many.

        Raises:
            Unavailable: the table cannot be written now; the messages stay in the queue.
        """
        deliveries = self._queue.lease_many([self._topic], most=BATCH, seconds=LEASE_SECONDS)
        return self._store(deliveries) if deliveries else 0

    def _store(self, deliveries: list[Delivery]) -> int:
        try:
            rows = self._rows([delivery.message.data for delivery in deliveries])
            self._warehouse.append(self._table, rows)
        except TitanicMlopsError as error:
            if worth_redelivery(error):  # the table is at fault: no message counts as delivered
                self._queue.release_lease(*deliveries)
                raise
            if len(deliveries) == 1:
                self._queue.refuse(deliveries[0], error.detail, delay_seconds=RETRY_SECONDS)
                return 0
            return sum(self._store([delivery]) for delivery in deliveries)
        self._queue.acknowledge(*deliveries)
        return len(deliveries)


def prediction_subscription(
    queue: SQLiteQueue, warehouse: DuckDBWarehouse, problem: Problem
) -> TableSubscription:
    """Return the subscription that stores the records of answered requests."""
    table = predictions_data(problem)
    rows = partial(_prediction_rows, schema=arrow_schema(table))
    return TableSubscription(queue, PREDICTIONS, warehouse, table.name, rows)


def _prediction_rows(messages: list[bytes], schema: pa.Schema) -> pa.Table:
    try:
        rows = [json.loads(message) for message in messages]
        for row in rows:
            row["requested_at"] = datetime.fromisoformat(row["requested_at"]).astimezone(UTC)
        columns = [to_array([row.get(one.name) for row in rows], one.type) for one in schema]
        return pa.Table.from_arrays(columns, schema=schema)
    except (KeyError, ValueError, TypeError, RecursionError, OverflowError) as error:
        raise EventUnreadable(
            f"A message on {PREDICTIONS} is no record of a prediction: {type(error).__name__}."
        ) from error
