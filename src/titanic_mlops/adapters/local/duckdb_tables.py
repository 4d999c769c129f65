"""The columns of DuckDB's tables: created, extended, compared with those of a file."""

from __future__ import annotations

import duckdb

from titanic_mlops.adapters.local.dialect import column_type, create_table, loadable, quoted
from titanic_mlops.errors import NotFound, Rejected
from titanic_mlops.ports import Table

COLUMNS = (
    "SELECT column_name, data_type, is_nullable = 'NO' FROM information_schema.columns"
    " WHERE table_schema = 'main' AND lower(table_name) = lower($table)"
)
IS_VIEW = (
    "SELECT table_type = 'VIEW' FROM information_schema.tables"
    " WHERE table_schema = 'main' AND lower(table_name) = lower($table)"
)


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, tuple[str, bool]]:
    """Return type and "is required" of each column of `table`, by its name in lower case.

    Raises:
        NotFound: there is no such table.
        Rejected: it is a view.
    """
    found = connection.execute(IS_VIEW, {"table": table}).fetchone()
    if found is None:
        raise NotFound(f"{table}: no such table; ensure() creates it")
    if found[0]:
        raise Rejected(f"{table}: is a view; rows are loaded into tables only")
    rows = connection.execute(COLUMNS, {"table": table}).fetchall()
    return {name.lower(): (kind, required) for name, kind, required in rows}


def ensure_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Create the table, or add the columns that it lacks.

    Raises:
        Rejected: a column that exists has another type.
    """
    try:
        columns = columns_of(connection, table.name)
    except NotFound:
        connection.execute(create_table(table.name, table.fields))
        return
    for one in table.fields:
        wanted = column_type(one)
        if one.name.lower() not in columns:
            connection.execute(
                f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(one.name)} {wanted}"
            )
        elif not _same_type(connection, columns[one.name.lower()][0], wanted):
            found = columns[one.name.lower()][0]
            raise Rejected(
                f"{table.name}.{one.name}: is {found}, declared {wanted}; a column keeps its"
                " type, add a new one"
            )


def _same_type(connection: duckdb.DuckDBPyConnection, found: str, wanted: str) -> bool:
    # The two spellings may differ in the quotes around a STRUCT's names.
    return found == wanted or connection.type(found) == connection.type(wanted)


def refuse_other_columns(
    connection: duckdb.DuckDBPyConnection,
    source: dict[str, str],
    columns: dict[str, tuple[str, bool]],
    what: str,
) -> None:
    """Require that a Parquet file has the columns of a table; `what` names the load.

    Raises:
        Rejected: saying each column that differs.
    """
    rows = connection.execute("DESCRIBE SELECT * FROM read_parquet($source)", source).fetchall()
    found = {name.lower(): kind for name, kind, *_ in rows}
    faults = [f"{name} is not a column of the table" for name in found if name not in columns]
    for name, (kind, required) in columns.items():
        if name not in found:
            faults += [f"{name} is missing, it is REQUIRED"] if required else []
        elif not loadable(found[name], kind):
            faults.append(f"{name} is {found[name]}, must be {kind}")
    if faults:
        raise Rejected(f"load {what}: {'; '.join(faults)}")
