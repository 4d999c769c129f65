"""The same key twice in a file: the last row wins, the earlier ones are rejected."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from titanic_mlops.errors import Fault
from titanic_mlops.ingestion.batches import ROW_NUMBER
from titanic_mlops.ingestion.header import Header
from titanic_mlops.ingestion.records import records
from titanic_mlops.ingestion.rows import RejectedRow, reject
from titanic_mlops.ingestion.tables import COMPRESSION
from titanic_mlops.problems.base import Problem


class Keys:
    """Collect the keys of the accepted rows: the only thing that grows with a file."""

    def __init__(self, problem: Problem) -> None:
        self._key = problem.key
        self._batches: list[pa.Table] = []

    def add(self, rows: pa.Table) -> None:
        """Remember the keys and numbers of accepted rows."""
        self._batches.append(rows.select([self._key, ROW_NUMBER]))

    def superseded(self) -> NDArray[np.int64]:
        """Return the numbers of rows whose key comes again later, sorted."""
        if not self._batches:
            return np.empty(0, np.int64)
        table = pa.concat_tables(self._batches).combine_chunks()
        keys = table[self._key].combine_chunks()
        codes = keys if pa.types.is_integer(keys.type) else keys.dictionary_encode().indices
        values, numbers = codes.to_numpy(), table[ROW_NUMBER].to_numpy()
        # stable: equal keys stay in the order of their rows
        order = np.argsort(values, kind="stable")
        again = values[order][1:] == values[order][:-1]
        return np.sort(numbers[order][:-1][again])


def remove_rows(path: Path, row_numbers: NDArray[np.int64]) -> None:
    """Rewrite a Parquet file of accepted rows without those of the given numbers."""
    superseded = pa.array(row_numbers)
    rewritten = path.with_name(f"{path.name}.rewritten")
    source = pq.ParquetFile(path)
    with source, pq.ParquetWriter(rewritten, source.schema_arrow, compression=COMPRESSION) as kept:
        for group in range(source.num_row_groups):
            rows = source.read_row_group(group)
            doomed = pc.is_in(rows[ROW_NUMBER], value_set=superseded)
            kept.write_table(rows.filter(pc.invert(doomed)))
    rewritten.replace(path)


def reject_again(
    path: Path, problem: Problem, header: Header, row_numbers: NDArray[np.int64]
) -> Iterator[RejectedRow]:
    """Read the file once more for the text of the given rows, which are sorted."""
    fault = Fault(problem.key, "duplicate_key", "comes again in a later row", "must be unique")
    with path.open("rb") as stream:
        stream.seek(header.end)
        numbered = zip(count(1), records(stream), strict=False)
        for wanted in row_numbers:
            record = next(record for number, record in numbered if number == wanted)
            yield reject(int(wanted), record, fault)
