"""From a table to the Arrow schema of the Parquet files that a warehouse loads into it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from titanic_mlops.ports import Table, TableField
from titanic_mlops.problems.base import Scalar

TYPES = {
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "STRING": pa.string(),
    "BYTES": pa.binary(),
    "BOOL": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
    "DATE": pa.date32(),
    "DATETIME": pa.timestamp("us"),
}


def arrow_schema(table: Table) -> pa.Schema:
    """Return the columns of `table` with their types and whether they may be null."""
    return pa.schema([_field(field) for field in table.fields])


def to_array(values: Sequence[Scalar], kind: pa.DataType) -> pa.Array:
    """Return the values of a record's column as Arrow stores them; dates come as ISO 8601."""
    if kind in (TYPES["DATE"], TYPES["DATETIME"]):
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)


def to_scalars(rows: pa.Table) -> pa.Table:
    """Return rows with dates and times without a zone as text in ISO 8601, as records hold them."""
    for place, field in enumerate(rows.schema):
        if field.type == TYPES["DATE"]:
            texts = rows[field.name].cast(pa.string())
        elif field.type == TYPES["DATETIME"]:
            texts = _iso_times(rows[field.name])
        else:
            continue
        rows = rows.set_column(place, field.name, texts)
    return rows


def _iso_times(times: pa.ChunkedArray) -> pa.Array:
    # as datetime.isoformat writes them: without a fraction where it is 0
    texts = [None if at is None else at.isoformat() for at in times.to_pylist()]
    return pa.array(texts, pa.string())


def _field(field: TableField) -> pa.Field:
    if field.type == "RECORD":
        kind: pa.DataType = pa.struct([_field(inner) for inner in field.fields])
    else:
        kind = TYPES[field.type]
    if field.mode == "REPEATED":
        kind = pa.list_(kind)
    return pa.field(field.name, kind, nullable=field.mode != "REQUIRED")
