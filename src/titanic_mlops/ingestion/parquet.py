"""Write a checked file's rows as two Parquet files: the accepted and the rejected ones."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from titanic_mlops.ingestion.rows import RejectedRow
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import split_of
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.platform import REJECTED_ROWS
from titanic_mlops.tables.problem import training_data

COMPRESSION = "zstd"

_PENDING_ROWS = 20_000
_PENDING_CHARACTERS = 1 << 22


@dataclass(frozen=True, slots=True)
class Source:
    """The file that rows come from; `ingested_at` has a time zone.

    Of a record that `is_erased`, no text is written; None: no record was ever erased.
    """

    file: str
    file_id: str
    generation: int
    ingested_at: datetime
    is_erased: Callable[[str], bool] | None = None


class AcceptedFile:
    """Write accepted rows with their split and the file that they come from."""

    def __init__(self, path: Path, problem: Problem, source: Source) -> None:
        self._problem, self._source = problem, source
        self._schema = arrow_schema(training_data(problem))
        self._writer = pq.ParquetWriter(path, self._schema, compression=COMPRESSION)
        # compression releases the GIL: one row group is written while the next is read
        self._thread = ThreadPoolExecutor(1, "parquet")
        self._writing: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._thread, self._writer:
            self._wait()

    def write(self, rows: pa.Table) -> None:
        """Append rows, with their row numbers, as one row group."""
        if rows.num_rows:
            lineage = self._lineage(rows)
            columns = [
                lineage[field.name] if field.name in lineage else rows[field.name]
                for field in self._schema
            ]
            table = pa.Table.from_arrays(columns, schema=self._schema)
            self._wait()
            self._writing = self._thread.submit(self._writer.write_table, table)

    def _wait(self) -> None:
        if self._writing:
            self._writing.result()

    def _lineage(self, rows: pa.Table) -> dict[str, pa.Array]:
        source, count = self._source, rows.num_rows
        generation = pa.repeat(pa.scalar(source.generation, pa.int64()), count)
        known = pc.is_valid(rows[self._problem.target])
        record_ids = ids_of(self._problem, rows)
        column = self._problem.split_column
        split_values = rows[column] if column else record_ids
        return {
            "split": _split(self._problem.name, split_values),
            "file_id": pa.repeat(source.file_id, count),
            "generation": generation,
            "label_generation": pc.if_else(known, generation, None),
            "ingested_at": _repeat_time(source.ingested_at, count),
            "record_id": record_ids,
            "sequence": pa.nulls(count, pa.int64()),  # the load numbers itself
        }


class RejectedFile:
    """Write rejected rows; buffer them so that row groups do not become tiny."""

    def __init__(self, path: Path, source: Source) -> None:
        self._source = source
        self._schema = arrow_schema(REJECTED_ROWS)
        self._writer = pq.ParquetWriter(path, self._schema, compression=COMPRESSION)
        self._pending: list[RejectedRow] = []
        self._characters = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._flush()
        self._writer.close()

    def write(self, row: RejectedRow) -> None:
        """Append one row; its reasons hold field and rule, never the value found."""
        self._pending.append(row)
        self._characters += len(row.raw)
        if len(self._pending) >= _PENDING_ROWS or self._characters >= _PENDING_CHARACTERS:
            self._flush()

    def _flush(self) -> None:
        rows, count = self._pending, len(self._pending)
        if not rows:
            return
        reasons = [[{"field": f.field, "rule": f.rule} for f in row.faults] for row in rows]
        columns = {
            "file_id": pa.repeat(self._source.file_id, count),
            "file": pa.repeat(self._source.file, count),
            "row_number": [row.row_number for row in rows],
            "raw": [row.raw for row in rows],
            "reasons": reasons,
            "ingested_at": _repeat_time(self._source.ingested_at, count),
            "record_id": [row.record_id for row in rows],
        }
        self._writer.write_table(pa.table(columns, schema=self._schema))
        self._pending, self._characters = [], 0


def ids_of(problem: Problem, rows: pa.Table) -> pa.ChunkedArray:
    """Return what identifies each record: its key as text, or a hash of all its values."""
    if problem.key:
        return pc.cast(rows[problem.key], pa.string())
    columns = [rows[column.name].to_pylist() for column in problem.columns]
    # repr tells None from "None", and writes every float in full
    contents = map(repr, zip(*columns, strict=True))
    hashes = [md5(text.encode(), usedforsecurity=False).hexdigest() for text in contents]
    return pa.chunked_array([pa.array(hashes, pa.string())])


def _split(salt: str, keys: pa.ChunkedArray) -> pa.Array:
    encoded = keys.combine_chunks().dictionary_encode(null_encoding="encode")
    splits = [split_of(salt, key) for key in encoded.dictionary.to_pylist()]
    return pa.array(splits, pa.string()).take(encoded.indices)


def _repeat_time(moment: datetime, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(moment, pa.timestamp("us", tz="UTC")), count)
