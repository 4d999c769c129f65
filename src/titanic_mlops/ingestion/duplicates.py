"""The same key twice in a file: the last row wins, the earlier ones are rejected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
from titanic_mlops.ingestion.identity import Identity
from titanic_mlops.ingestion.notes import Notes
from titanic_mlops.ingestion.parquet import COMPRESSION
from titanic_mlops.ingestion.rows import RejectedRow, reject
from titanic_mlops.ingestion.skipped import row_records
from titanic_mlops.problems.base import Problem


def find_superseded(path: Path, key: str) -> NDArray[np.int64]:
    """Return the sorted numbers of accepted rows whose key a later row repeats.

    Memory: eight bytes for each row, plus the rows whose key repeats.
    """
    with pq.ParquetFile(path) as accepted:
        repeated = _repeated_codes(accepted, key)
        if not len(repeated):
            return repeated
        suspects = [_select(rows, key, repeated) for rows in _groups(accepted, key, ROW_NUMBER)]
    table = pa.concat_tables(suspects)
    # two texts may share a code: only equal keys count
    keys = table[key].combine_chunks().dictionary_encode().indices.to_numpy()
    numbers = table[ROW_NUMBER].to_numpy()
    # stable: equal keys stay in the order of their rows
    order = np.argsort(keys, kind="stable")
    again = keys[order][1:] == keys[order][:-1]
    superseded: NDArray[np.int64] = np.sort(numbers[order][:-1][again])
    return superseded


def remove_rows(path: Path, row_numbers: NDArray[np.int64]) -> None:
    """Rewrite a Parquet file of accepted rows without the rows of the given numbers."""
    superseded = pa.array(row_numbers)
    rewritten = path.with_name(f"{path.name}.rewritten")
    source = pq.ParquetFile(path)
    with source, pq.ParquetWriter(rewritten, source.schema_arrow, compression=COMPRESSION) as kept:
        for rows in _groups(source, *source.schema_arrow.names):
            removed = pc.is_in(rows[ROW_NUMBER], value_set=superseded)
            kept.write_table(rows.filter(pc.invert(removed)))
    rewritten.replace(path)


def reject_again(
    path: Path, problem: Problem, header: Header, row_numbers: NDArray[np.int64]
) -> Iterator[RejectedRow]:
    """Yield the given rows, which are sorted, as rejected; read the file again for their text."""
    fault = Fault(problem.key, "duplicate_key", "is repeated in a later row", "must be unique")
    identity = Identity(problem, header)
    with path.open("rb") as stream:
        stream.seek(header.end)
        numbered = zip(count(1), row_records(stream, header, Notes()), strict=False)
        for wanted in row_numbers:
            record = next(record for number, record in numbered if number == wanted)
            row = reject(int(wanted), record, fault)
            yield replace(row, record_id=identity.record_id(record.data))


def _repeated_codes(accepted: pq.ParquetFile, key: str) -> NDArray[np.int64]:
    # all row groups are written: give their memory to the keys
    pa.default_memory_pool().release_unused()
    codes = np.empty(accepted.metadata.num_rows, np.int64)
    filled = 0
    for rows in _groups(accepted, key):
        codes[filled : filled + rows.num_rows] = _codes(rows[key])
        filled += rows.num_rows
    codes.sort()
    return np.unique(codes[1:][codes[1:] == codes[:-1]])


def _groups(accepted: pq.ParquetFile, *columns: str) -> Iterator[pa.Table]:
    for group in range(accepted.num_row_groups):
        yield accepted.read_row_group(group, columns=list(columns))


def _select(rows: pa.Table, key: str, repeated: NDArray[np.int64]) -> pa.Table:
    return rows.filter(pa.array(np.isin(_codes(rows[key]), repeated)))


def _codes(keys: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a number for each key: equal keys share one, different texts may share one."""
    if pa.types.is_integer(keys.type):
        numbers: NDArray[np.int64] = keys.to_numpy()
        return numbers
    return np.fromiter(map(hash, keys.to_pylist()), np.int64, len(keys))
