"""The rows of one training, stored as an immutable object that is named by its sha256."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from titanic_mlops.card import Snapshot
from titanic_mlops.errors import Conflict
from titanic_mlops.learning.exams import RECORD_ID, record_ids
from titanic_mlops.learning.stored_snapshot import read_table, snapshot_bytes, snapshot_key
from titanic_mlops.ports import ObjectStore, Warehouse
from titanic_mlops.problems.base import Problem
from titanic_mlops.rules.split import TEST, TRAIN, VALIDATION
from titanic_mlops.tables.arrow import to_scalars
from titanic_mlops.tables.statements import labelled_rows


def take_snapshot(
    problem: Problem,
    warehouse: Warehouse,
    storage: ObjectStore,
    *,
    never_train: frozenset[str] = frozenset(),
) -> Snapshot:
    """Write every labelled row, sorted by key, as one Parquet object; return its description.

    The same rows give the same object, which is written once and never changed. Records in
    `never_train` are kept in the holdout only, and so is each value of the split key that is
    there: other rows of them are left out.
    """
    read = to_scalars(warehouse.query(labelled_rows(problem)))
    # A revocation of rows that are not there must not change the object.
    rows = _on_one_side(problem, read.drop_columns(["taken"]), never_train)
    data = snapshot_bytes(rows)
    digest = sha256(data).hexdigest()
    with suppress(Conflict):  # an earlier training stored the same rows
        storage.put(snapshot_key(problem, digest), data, if_version=0)
    return describe_snapshot(digest, rows, taken=pc.max(read["taken"]).as_py() or 0)


def describe_snapshot(digest: str, rows: pa.Table, *, taken: int) -> Snapshot:
    """Return the description of a snapshot from its rows; `taken` is not among them."""
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
    table = read_table(problem, storage, digest)
    rows: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    return rows


def _on_one_side(problem: Problem, rows: pa.Table, never_train: frozenset[str]) -> pa.Table:
    """Leave out rows that would let the holdout be learned.

    These are rows for training of a record in `never_train`, or of a split key that is in the
    holdout too: a record keeps the split of its first load, whatever its split key says later.
    """
    alone = problem.split_column or RECORD_ID
    names = {RECORD_ID, problem.key, alone, "split"}.intersection(rows.column_names)
    told = rows.select(sorted(names)).to_pandas()
    held = record_ids(problem, told).isin(never_train) & (told["split"] != TEST)
    order = told["split"].map({TRAIN: 0, VALIDATION: 1, TEST: 2})
    torn = order < order.groupby(told[alone], dropna=False).transform("max")
    return rows.filter(pa.array(~(held | torn)))


def _counts(rows: pa.Table, column: str) -> dict[str, int]:
    counted = pc.value_counts(rows[column].combine_chunks()).to_pylist()
    return dict(sorted((entry["values"], entry["counts"]) for entry in counted))
