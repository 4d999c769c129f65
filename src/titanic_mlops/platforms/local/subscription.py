"""Bring messages from the queue into a table, as a BigQuery subscription does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from titanic_mlops.adapters.local.messages import Delivery
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.errors import TitanicMlopsError, worth_redelivery

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2_000
LEASE_SECONDS = 600
RETRY_SECONDS = 1.0

Rows = Callable[[list[bytes]], "pa.Table"]


class TableSubscription:
    """Feed the messages of one topic, one row each, to one table.

    A message may be stored twice, as at Google: who reads counts each row once. `rows`
    turns messages into the rows of the table, or raises one of our errors.
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
        """Store the oldest messages, a batch at most; return how many were stored.

        Raises:
            Unavailable: the table cannot be written now; the messages are as before.
        """
        deliveries = self._queue.lease_many([self._topic], most=BATCH, seconds=LEASE_SECONDS)
        return self._store(deliveries) if deliveries else 0

    def _store(self, deliveries: list[Delivery]) -> int:
        try:
            rows = self._rows([delivery.data for delivery in deliveries])
            self._warehouse.append(self._table, rows)
        except TitanicMlopsError as error:
            if worth_redelivery(error):  # no message is at fault: none of them has been tried
                self._queue.give_back(*deliveries)
                raise
            if len(deliveries) == 1:
                self._queue.refuse(deliveries[0], error.detail, delay_seconds=RETRY_SECONDS)
                return 0
            return sum(self._store([delivery]) for delivery in deliveries)
        self._queue.acknowledge(*deliveries)
        return len(deliveries)
