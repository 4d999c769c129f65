"""Records become durable before their responses go out: one write for many pending requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from itertools import accumulate

from titanic_mlops.rules.limits import MAX_INSTANCES

Keep = Callable[[list[bytes]], bool]
"""Make records durable; return whether they are deferred: kept, but not on their topic yet."""


class Recorder:
    """Gather the records of concurrent requests while a write is running."""

    def __init__(self, keep: Keep, executor: Executor) -> None:
        self._keep = keep
        self._executor = executor
        self._waiting: list[tuple[Sequence[bytes], asyncio.Future[bool]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, records: Sequence[bytes]) -> bool:
        """Wait until the records are durable; return whether they are deferred.

        Raises:
            Unavailable: no place could keep them.
        """
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((records, kept))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        return await asyncio.shield(kept)

    def _take(self) -> list[tuple[Sequence[bytes], asyncio.Future[bool]]]:
        """Take what the next write keeps: single records first, a large batch by itself."""
        self._waiting.sort(key=lambda waiting: len(waiting[0]))
        totals = accumulate(len(records) for records, _ in self._waiting)
        count = max(1, sum(total <= MAX_INSTANCES for total in totals))
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = self._take()
            records = [record for records, _ in batch for record in records]
            try:
                deferred = await loop.run_in_executor(self._executor, self._keep, records)
            except Exception as error:  # noqa: BLE001 each pending request must get any error
                for _, kept in batch:
                    kept.set_exception(error)
            else:
                for _, kept in batch:
                    kept.set_result(deferred)
        self._writer = None
