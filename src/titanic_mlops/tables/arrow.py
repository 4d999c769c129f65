"""From a table to the Arrow schema of the Parquet files that a warehouse loads into it."""

from __future__ import annotations

import pyarrow as pa

from titanic_mlops.ports import Table, TableField

TYPES = {
    "INT64": pa.int64(),
    "FLOAT64": pa.float64(),
    "STRING": pa.string(),
    "BYTES": pa.binary(),
    "BOOL": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
}


def arrow_schema(table: Table) -> pa.Schema:
    """Return the columns of `table` with their types and whether they may be null."""
    return pa.schema([_field(field) for field in table.fields])


def _field(field: TableField) -> pa.Field:
    if field.type == "RECORD":
        kind: pa.DataType = pa.struct([_field(inner) for inner in field.fields])
    else:
        kind = TYPES[field.type]
    if field.mode == "REPEATED":
        kind = pa.list_(kind)
    return pa.field(field.name, kind, nullable=field.mode != "REQUIRED")
