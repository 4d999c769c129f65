"""The rows of one training, stored as an immutable object that is named by its sha256."""

from __future__ import annotations

import io
from contextlib import suppress
from hashlib import sha256

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from titanic_mlops.card import Snapshot
from titanic_mlops.errors import Conflict, SnapshotDamaged
from titanic_mlops.learning.exams import RECORD_ID, record_ids
from titanic_mlops.ports import ObjectStore, Warehouse
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import TEST
from titanic_mlops.tables.statements import labelled_rows


def take_snapshot(
    problem: Problem,
    warehouse: Warehouse,
    storage: ObjectStore,
    *,
    taken: int = 0,
    never_train: frozenset[str] = frozenset(),
) -> Snapshot:
    """Write every labelled row, sorted by key, as one Parquet object; return its description.

    The same rows give the same object, which is written once and never changed. `taken` was
    counted before this call. Records in `never_train` are kept in the holdout only: rows that
    put them elsewhere are left out.
    """
    rows = _without(problem, warehouse.query(labelled_rows(problem)), never_train)
    buffer = io.BytesIO()
    pq.write_table(rows.replace_schema_metadata(None), buffer, compression="zstd")
    data = buffer.getvalue()
    digest = sha256(data).hexdigest()
    with suppress(Conflict):  # an earlier training stored the same rows
        storage.put(snapshot_key(problem, digest), data, if_version=0)
    return Snapshot(
        sha256=digest,
        rows=rows.num_rows,
        rows_by_split=_counts(rows, "split"),
        files=_counts(rows, "file_id"),
        generation=pc.max(rows["generation"]).as_py() or 0,
        taken=taken,
    )


def read_snapshot(problem: Problem, storage: ObjectStore, digest: str) -> pd.DataFrame:
    """Return the rows of a snapshot; a column of integers keeps them beside missing values.

    Raises:
        NotFound: there is no such snapshot.
        SnapshotDamaged: its sha256 is not its name; no byte was parsed.
    """
    key = snapshot_key(problem, digest)
    found = storage.get(key)
    data = found[0] if found else b""
    if sha256(data).hexdigest() != digest:
        raise SnapshotDamaged(f"{key} is not the snapshot that was written: its sha256 differs.")
    table = pq.read_table(io.BytesIO(data))
    rows: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    return rows


def snapshot_key(problem: Problem, digest: str) -> str:
    """Return the key of the snapshot's object."""
    return f"snapshots/{problem.name}/{digest}.parquet"


def _without(problem: Problem, rows: pa.Table, never_train: frozenset[str]) -> pa.Table:
    if not never_train:
        return rows
    names = [name for name in (RECORD_ID, problem.key, "split") if name in rows.column_names]
    told = rows.select(names).to_pandas()
    torn = record_ids(problem, told).isin(never_train) & (told["split"] != TEST)
    return rows.filter(pa.array(~torn))


def _counts(rows: pa.Table, column: str) -> dict[str, int]:
    counted = pc.value_counts(rows[column].combine_chunks()).to_pylist()
    return dict(sorted((entry["values"], entry["counts"]) for entry in counted))
