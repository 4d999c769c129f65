"""BigQuery's SQL and types, in DuckDB's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

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
        Rejected: it is not SQL, not exactly one statement, or has no equal in DuckDB.
    """
    import sqlglot  # noqa: PLC0415 - on use only, --help must be quick

    statement = parsed(sql)
    try:
        text = tree_of(sql).sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        raise Rejected(f"SQL: {str(error).splitlines()[0]}") from error
    return replace(statement, sql=text)


def quoted(name: str) -> str:
    """Return `name` as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


def column_type(column: TableField) -> str:
    """Return the type of a column in the words DuckDB itself describes it with."""
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
    """Tell whether BigQuery would load a column of type `found` into one of type `wanted`."""
    return found in LOADABLE.get(wanted, {wanted})
