"""A user's DuckDB file that rows are extracted from; it is opened for reading only."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from titanic_mlops.adapters.local.dialect import transpile
from titanic_mlops.adapters.local.errors import disk_errors
from titanic_mlops.adapters.local.timing import LOOK_SECONDS
from titanic_mlops.adapters.local.warehouse_copy import read
from titanic_mlops.adapters.statements import only
from titanic_mlops.errors import Rejected

_MAGIC = slice(8, 12)


class DuckDBSource:
    """Answer a SELECT in BigQuery's dialect from the file `path`, which is never changed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def look(self, sql: str, most: int) -> pa.Table:
        """Return the first `most` rows of a SELECT.

        Raises:
            Rejected: it is not one SELECT, DuckDB refuses it, or the file is not DuckDB's.
            NotFound: there is no such table.
            Unavailable: it took too long, or another program writes the file.
        """
        statement = only(transpile(sql), "read")
        self._refuse_other_files()
        return read(self._path, statement.sql, {}, most=most, seconds=LOOK_SECONDS)

    def _refuse_other_files(self) -> None:
        """Refuse a file of another kind: DuckDB would open a CSV in place of a database."""
        with disk_errors(self._path), self._path.open("rb") as file:
            if file.read(_MAGIC.stop)[_MAGIC] != b"DUCK":
                raise Rejected(f"{self._path} is not a DuckDB file; name one in EXTRACT_FROM.")
