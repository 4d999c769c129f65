"""Rows of erased records are rejected, and nothing of their text is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.batches import ROW_NUMBER
from titanic_mlops.ingestion.rows import RejectedRow
from titanic_mlops.problems.base import Problem

IsErased = Callable[[str], bool]
"""Return whether the record with this id was erased."""

RULE = "erased"


def find_erased(path: Path, is_erased: IsErased) -> NDArray[np.int64]:
    """Return the numbers of the accepted rows of erased records."""
    rows = pq.read_table(path, columns=["record_id", ROW_NUMBER])
    mask = np.fromiter(map(is_erased, rows["record_id"].to_pylist()), np.bool_, rows.num_rows)
    numbers: NDArray[np.int64] = rows[ROW_NUMBER].to_numpy()[mask]
    return numbers


def reject_erased(row_number: int, problem: Problem) -> RejectedRow:
    """Return the row without its text and its key."""
    fault = Fault(problem.key, RULE, "is of an erased record", "a row of it is never stored again")
    return RejectedRow(row_number, "", (fault,))


def without_erased(
    rows: Iterable[RejectedRow], problem: Problem, is_erased: IsErased | None
) -> Iterator[RejectedRow]:
    """Yield rejected rows; those of erased records without their text."""
    for row in rows:
        if is_erased and row.record_id is not None and is_erased(row.record_id):
            yield reject_erased(row.row_number, problem)
        else:
            yield row
