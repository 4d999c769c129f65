"""The whole outcome of one checked file, for assertions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow.parquet as pq

from titanic_mlops.ingestion import CheckedFile
from titanic_mlops.problems.base import Problem


@dataclass(frozen=True)
class Outcome:
    """The summary, both tables by row number, and the bytes they were read from."""

    summary: CheckedFile
    accepted: dict[int, dict[str, Any]]
    rejected: dict[int, dict[str, Any]]
    accepted_bytes: bytes
    rejected_bytes: bytes

    def reasons(self) -> dict[int, list[str]]:
        return {
            number: [f"{reason['field']}:{reason['rule']}" for reason in row["reasons"]]
            for number, row in self.rejected.items()
        }


class Check(Protocol):
    """Check the bytes of a file; by default its problem is the Titanic."""

    def __call__(
        self,
        data: bytes,
        problem: Problem | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Outcome: ...


def by_row_number(path: Path) -> dict[int, dict[str, Any]]:
    rows = pq.read_table(path).to_pylist()
    numbered = {row["row_number"]: row for row in rows}
    assert len(numbered) == len(rows), "a row is there twice"
    return numbered
