"""DuckDB's answers in the types that BigQuery's answers have."""

from __future__ import annotations

import pyarrow as pa


def as_bigquery_answers(rows: pa.Table) -> pa.Table:
    """Give every column the type BigQuery's answer has: INT64, FLOAT64, TIMESTAMP in UTC."""
    schema = pa.schema([pa.field(one.name, _answer_type(one.type)) for one in rows.schema])
    return rows if schema.equals(rows.schema) else rows.cast(schema)


def _answer_type(found: pa.DataType) -> pa.DataType:
    # DuckDB answers a small literal as INT32 and SUM(INT64) as a 38-digit decimal.
    if pa.types.is_integer(found) or (pa.types.is_decimal(found) and found.scale == 0):
        return pa.int64()
    if pa.types.is_floating(found) or pa.types.is_decimal(found):
        return pa.float64()
    if pa.types.is_timestamp(found):
        return pa.timestamp("us", tz="UTC")
    return found
