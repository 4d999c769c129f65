"""BigQuery's SQL and types as DuckDB's, and DuckDB's results as BigQuery's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import pyarrow as pa
import sqlglot
from sqlglot import exp

from titanic_mlops.adapters.statements import Statement, parsed, tree_of
from titanic_mlops.errors import Rejected
from titanic_mlops.ports import TableField

DUCKDB_TYPES = {
    "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "STRING": "VARCHAR",
    "BYTES": "BLOB",
    "BOOL": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMP WITH TIME ZONE",
    "DATE": "DATE",
    "DATETIME": "TIMESTAMP",
}

# What a Parquet column may be for a table's column; wider would be a silent cast.
LOADABLE = {
    "BIGINT": {"BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"},
    "DOUBLE": {"DOUBLE", "FLOAT"},
}


@lru_cache(maxsize=512)
def transpile(sql: str) -> Statement:
    """Turn one statement in BigQuery's dialect into DuckDB's.

    Raises:
        Rejected: it is not SQL, not exactly one statement, or DuckDB has no equivalent.
    """
    statement = parsed(sql)
    try:
        tree = tree_of(sql).transform(_with_a_join).transform(_in_utc)
        text = tree.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        raise Rejected(f"SQL: {str(error).splitlines()[0]}") from error
    except RecursionError:
        raise Rejected("SQL: the statement is nested too deeply") from None
    return replace(statement, sql=text)


def _with_a_join(node: exp.Expr) -> exp.Expr:
    """Return `x IN UNNEST(list)` as a join: DuckDB would search the list for each row."""
    unnest = node.args.get("unnest") if isinstance(node, exp.In) else None
    if unnest is None:
        return node
    (listed,) = unnest.expressions
    values = exp.select(exp.Explode(this=listed.copy()))
    return exp.In(this=node.this.copy(), query=exp.Subquery(this=values))


def _in_utc(node: exp.Expr) -> exp.Expr:
    """Return a parsed time as one in UTC, as BigQuery has it: DuckDB's has no zone."""
    if isinstance(node, exp.StrToTime):
        return exp.cast(node.copy(), exp.DataType.Type.TIMESTAMPTZ)
    return node


def quoted(name: str) -> str:
    """Return `name` as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def column_type(column: TableField) -> str:
    """Return the type of a column as DuckDB's DESCRIBE spells it."""
    if column.type == "RECORD":
        inner = ", ".join(f"{quoted(one.name)} {column_type(one)}" for one in column.fields)
        name = f"STRUCT({inner})"
    elif column.type in DUCKDB_TYPES:
        name = DUCKDB_TYPES[column.type]
    else:
        known = ", ".join((*DUCKDB_TYPES, "RECORD"))
        raise Rejected(f"column {column.name}: type {column.type} is unknown; use one of {known}")
    return name + "[]" if column.mode == "REPEATED" else name


def create_table(name: str, columns: Iterable[TableField]) -> str:
    """Return the statement that creates a table."""
    lines = (
        f"{quoted(one.name)} {column_type(one)}" + (" NOT NULL" if one.mode == "REQUIRED" else "")
        for one in columns
    )
    return f"CREATE TABLE {quoted(name)} ({', '.join(lines)})"


def loadable(found: str, wanted: str) -> bool:
    """Return whether BigQuery would load a column of type `found` into one of type `wanted`."""
    return found in LOADABLE.get(wanted, {wanted})


def with_bigquery_types(rows: pa.Table) -> pa.Table:
    """Return a result with BigQuery's types: INT64, FLOAT64, TIMESTAMP in UTC, DATETIME."""
    schema = pa.schema([pa.field(one.name, _bigquery_type(one.type)) for one in rows.schema])
    return rows if schema.equals(rows.schema) else rows.cast(schema)


def _bigquery_type(found: pa.DataType) -> pa.DataType:
    # DuckDB types a small literal as INT32 and SUM(INT64) as a decimal of 38 digits.
    if pa.types.is_integer(found) or (pa.types.is_decimal(found) and found.scale == 0):
        return pa.int64()
    if pa.types.is_floating(found) or pa.types.is_decimal(found):
        return pa.float64()
    if pa.types.is_timestamp(found):
        return pa.timestamp("us", tz="UTC" if found.tz else None)
    return found
