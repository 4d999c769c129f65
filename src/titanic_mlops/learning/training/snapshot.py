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
from titanic_mlops.errors import Conflict
from titanic_mlops.ports import ObjectStore, Warehouse
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables.statements import labelled_rows


def take_snapshot(problem: Problem, warehouse: Warehouse, storage: ObjectStore) -> Snapshot:
    """Write every labelled row, sorted by key, as one Parquet object; return its description.

    The same rows give the same object, which is written once and never changed.
    """
    read = warehouse.query(labelled_rows(problem))
    rows = read.drop_columns(["taken"])  # a revocation of other rows must not change the object
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
        taken=pc.max(read["taken"]).as_py() or 0,
    )


def read_snapshot(problem: Problem, storage: ObjectStore, digest: str) -> pd.DataFrame:
    """Return the rows of a snapshot; a column of integers keeps them beside missing values.

    Raises:
        NotFound: there is no such snapshot.
    """
    found = storage.get(snapshot_key(problem, digest))
    table = pq.read_table(io.BytesIO(found[0] if found else b""))
    rows: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    return rows


def snapshot_key(problem: Problem, digest: str) -> str:
    """Return the key of the snapshot's object."""
    return f"snapshots/{problem.name}/{digest}.parquet"


def _counts(rows: pa.Table, column: str) -> dict[str, int]:
    counted = pc.value_counts(rows[column].combine_chunks()).to_pylist()
    return dict(sorted((entry["values"], entry["counts"]) for entry in counted))
