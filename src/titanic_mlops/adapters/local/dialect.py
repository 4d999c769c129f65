"""BigQuery's SQL and types, in DuckDB's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement for DuckDB.

    `kind` is `read`, `write` (rows change) or `define` (tables change); `target` is the
    table it changes.
    """

    sql: str
    kind: str
    target: str
    params: frozenset[str]


@lru_cache(maxsize=512)
def transpile(sql: str) -> Statement:
    """Turn one statement in BigQuery's dialect into DuckDB's.

    Raises:
        Rejected: it is not SQL, not exactly one statement, or has no equal in DuckDB.
    """
    import sqlglot  # noqa: PLC0415 - on use only, --help must be quick
    from sqlglot import exp  # noqa: PLC0415 - on use only, --help must be quick

    try:
        trees = [tree for tree in sqlglot.parse(sql, read="bigquery") if tree is not None]
        if len(trees) != 1:
            raise Rejected(f"SQL: {len(trees)} statements found, exactly one is allowed")
        tree = trees[0]
        text = tree.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.SqlglotError as error:
        raise Rejected(f"SQL: {str(error).splitlines()[0]}") from error
    kind = _kind(tree)
    # A DROP keeps its table elsewhere than the others; the first one found is the target.
    table = None if kind == "read" else (tree.this or tree).find(exp.Table)
    params = frozenset(parameter.name for parameter in tree.find_all(exp.Parameter))
    return Statement(text, kind, table.name if table else "", params)


def _kind(tree: object) -> str:
    from sqlglot import exp  # noqa: PLC0415 - on use only, --help must be quick

    if isinstance(tree, exp.Query):
        return "read"
    if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge):
        return "write"
    if isinstance(tree, exp.Create | exp.Drop | exp.Alter):
        return "define"
    found = type(tree).__name__.upper()
    raise Rejected(
        f"SQL: {found} is not allowed; use SELECT, INSERT, UPDATE, DELETE, MERGE, CREATE, ALTER"
        " or DROP"
    )


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
