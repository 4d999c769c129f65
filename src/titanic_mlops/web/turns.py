"""Batches compute in slices and take turns, so that single requests are answered in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from titanic_mlops.rules.limits import SLICE_RECORDS

Item = TypeVar("Item")


class Turns:
    """Let one slice of all batches run each time that the event loop looks at its connections."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def compute(self, items: Iterable[Item]) -> list[Item]:
        """Return the items of a lazy iterable, computed slice by slice."""
        remaining, computed = iter(items), list[Item]()
        while True:
            async with self._turn:
                part = list(islice(remaining, SLICE_RECORDS))
                await asyncio.sleep(0)  # within the turn: the other batches wait, requests do not
            computed += part
            if len(part) < SLICE_RECORDS:
                return computed
