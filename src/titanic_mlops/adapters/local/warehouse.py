"""Tables in one DuckDB file, queried in BigQuery's dialect."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from titanic_mlops.adapters.local.dialect import quoted, transpile, with_bigquery_types
from titanic_mlops.adapters.local.duckdb_file import opened, rewrite
from titanic_mlops.adapters.local.duckdb_tables import (
    columns_of,
    ensure_table,
    refuse_other_columns,
)
from titanic_mlops.adapters.local.timing import LOOK_SECONDS, WAREHOUSE_SECONDS
from titanic_mlops.adapters.local.warehouse_copy import copy_files, private_folder, select
from titanic_mlops.adapters.statements import only, used
from titanic_mlops.errors import NotFound
from titanic_mlops.ports import LoadResult, Table, Value

JOBS = 'CREATE TABLE IF NOT EXISTS _jobs ("table" VARCHAR, job_id VARCHAR, "rows" BIGINT)'
FORGET = 'DELETE FROM _jobs WHERE lower("table") = lower($table)'
DONE = """SELECT 1 FROM _jobs WHERE "table" = '' AND job_id = ?"""


class DuckDBWarehouse:
    """Hold the tables of one problem in the file `path`.

    DuckDB admits one writing process, so each operation opens the file under a lock. Others
    wait for the lock, `patience` seconds at most.
    """

    def __init__(self, path: Path, *, patience: float = WAREHOUSE_SECONDS) -> None:
        self._path = path.absolute()
        self._patience = patience

    def ensure(self, tables: Iterable[Table]) -> None:
        """Create tables and add the columns they lack, NULLABLE; replace views.

        Raises:
            Rejected: a column that exists has another type.
        """
        wanted = list(tables)
        with self._transaction() as connection:
            for table in wanted:
                if not table.view:
                    ensure_table(connection, table)
            for table in wanted:
                if table.view:
                    select = only(transpile(table.view), "read").sql
                    connection.execute(f"CREATE OR REPLACE VIEW {quoted(table.name)} AS {select}")

    def load(self, uri: str, table: str, *, job_id: str) -> LoadResult:
        """Replace the rows of `table` with those of a Parquet file; match columns by name."""
        with self._transaction() as connection:
            columns = columns_of(connection, table)
            held = connection.execute(
                'SELECT "rows" FROM _jobs'
                ' WHERE lower("table") = lower($table) AND job_id = $job_id',
                {"table": table, "job_id": job_id},
            ).fetchone()
            if held:
                return LoadResult(rows=held[0])
            if not Path(uri).is_file():
                raise NotFound(f"{uri}: no such object to load into {table}")
            # DuckDB reads a path as a pattern: unescaped, `a*` would match every file a….
            source = {"source": glob.escape(uri)}
            refuse_other_columns(connection, source, columns, f"{uri} into {table}")
            connection.execute(f"DELETE FROM {quoted(table)}")
            rows = _count(
                connection.execute(
                    f"INSERT INTO {quoted(table)} BY NAME SELECT * FROM read_parquet($source)",
                    source,
                )
            )
            connection.execute(FORGET, {"table": table})
            connection.execute("INSERT INTO _jobs VALUES (?, ?, ?)", [table, job_id, rows])
            return LoadResult(rows=rows)

    def append(self, table: str, rows: pa.Table) -> None:
        """Append rows to a table as a BigQuery subscription does; match columns by name.

        Raises:
            NotFound: there is no such table.
            Rejected: a row does not fit it.
        """
        with self._transaction() as connection:
            columns_of(connection, table)
            connection.register("appended", rows)
            connection.execute(f"INSERT INTO {quoted(table)} BY NAME SELECT * FROM appended")
            connection.execute(FORGET, {"table": table})

    def execute(self, sql: str, params: Mapping[str, Value] = {}, *, job_id: str = "") -> int:
        """Run one statement that changes rows or tables; return how many rows it changed."""
        statement = only(transpile(sql), "write", "define")
        with self._transaction() as connection:
            if job_id and not _is_first(connection, job_id):
                return 0
            result = connection.execute(statement.sql, used(statement, params))
            changed = _count(result) if statement.kind == "write" else 0
            if changed or statement.kind == "define":
                connection.execute(FORGET, {"table": statement.target})
            return changed

    def query(self, sql: str, params: Mapping[str, Value] = {}) -> pa.Table:
        """Return the rows of one SELECT; times are in UTC."""
        statement = only(transpile(sql), "read")
        with self._connection() as connection:
            relation = connection.sql(statement.sql, params=used(statement, params))
            return with_bigquery_types(relation.to_arrow_table())

    def forget_deleted_rows(self) -> None:
        """Remove from the file what deleted rows have left there."""
        rewrite(self._path, patience=self._patience)

    def look(self, sql: str, params: Mapping[str, Value] = {}, *, most: int) -> pa.Table:
        """Return the first `most` rows of a SELECT, read from a copy of the file."""
        statement = only(transpile(sql), "read")
        with private_folder() as folder:
            with self._connection():  # so that no other program changes it meanwhile
                copy = copy_files(self._path, folder)
            values = used(statement, params)
            return select(copy, statement.sql, values, most=most, seconds=LOOK_SECONDS)

    def _connection(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return opened(self._path, patience=self._patience)

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._connection() as connection:
            connection.execute("BEGIN")
            connection.execute(JOBS)
            yield connection
            # An error skips this line, and closing the connection rolls back.
            connection.execute("COMMIT")


def _is_first(connection: duckdb.DuckDBPyConnection, job_id: str) -> bool:
    """Remember a statement's job; return False if it has run before."""
    if connection.execute(DONE, [job_id]).fetchone():
        return False
    connection.execute("INSERT INTO _jobs VALUES ('', ?, 0)", [job_id])
    return True


def _count(result: duckdb.DuckDBPyConnection) -> int:
    row = result.fetchone()
    return int(row[0]) if row else 0
