"""What a CSV file holds, measured by DuckDB: loaded once as text, then one statement a column."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

from titanic_mlops.adapters.local.csv_form import (
    WORDS,
    delimiter_of,
    headers_of,
    refuse_other_encodings,
)
from titanic_mlops.adapters.local.errors import disk_errors
from titanic_mlops.draft.facts import MOST_VALUES, ColumnFacts, TableFacts
from titanic_mlops.errors import DraftRefused
from titanic_mlops.rules.values import FLOAT, INTEGER

_COMMA = FLOAT.replace(r"\.", ",")
_GROUPED = r"-?[0-9]{1,3}([., ][0-9]{3})+([.,][0-9]+)?"
_ZERO_LED = r"-?0[0-9]+"
_NUMBERS_KEPT = 1_000
"""Of a column of numbers, the texts are kept only where there are few."""


def csv_facts(path: Path) -> TableFacts:
    """Return what the file at `path` holds.

    Raises:
        DraftRefused: it is not a table in UTF-8 with a header and rows.
    """
    with disk_errors(path):
        refuse_other_encodings(path)
    with duckdb.connect(config={"threads": 2}) as connection:
        delimiter = delimiter_of(connection, path)
        headers = headers_of(path, delimiter)
        _load(connection, path, delimiter, len(headers))
        return _Measured(connection, path.name, headers, delimiter).table()


class _Measured:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        file: str,
        headers: list[str],
        delimiter: str,
    ) -> None:
        self._connection, self._file = connection, file
        self._headers, self._delimiter = headers, delimiter
        (self._rows,) = self._one("SELECT COUNT(*) FROM cells")
        if not self._rows:
            raise DraftRefused(f"{file} has a header but no rows; add rows below the header.")
        self._decimal = self._mark()
        self._number = _COMMA if self._decimal == "," else FLOAT

    def table(self) -> TableFacts:
        """Return the facts of all columns that have a name of their own."""
        folded = Counter(header.strip().casefold() for header in self._headers)
        named = [(i, h) for i, h in enumerate(self._headers) if h.strip()]
        repeated = [header for _, header in named if folded[header.strip().casefold()] > 1]
        columns = [self._column(i, h) for i, h in named if folded[h.strip().casefold()] == 1]
        return TableFacts(
            file=self._file,
            rows=self._rows,
            columns=tuple(columns),
            delimiter=self._delimiter,
            decimal=self._decimal,
            unnamed=len(self._headers) - len(named),
            repeated=tuple(dict.fromkeys(repeated)),
        )

    def _mark(self) -> str:
        """Return the decimal mark: a comma only where more cells have it than a point."""
        if self._delimiter == ",":
            return "."
        columns = range(len(self._headers))
        point, comma = (
            sum(
                self._one(
                    "SELECT "
                    + ", ".join(f"COUNT(*) FILTER (regexp_full_match(c{i}, $1))" for i in columns)
                    + " FROM cells",
                    form,
                )
            )
            for form in (r"-?[0-9]+\.[0-9]+", r"-?[0-9]+,[0-9]+")
        )
        return "," if comma > point else "."

    def _column(self, place: int, header: str) -> ColumnFacts:
        name = f"c{place}"
        self._connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE texts AS
            SELECT text, n, CASE WHEN regexp_full_match(text, $1)
                THEN TRY_CAST(REPLACE(text, ',', '.') AS DOUBLE) END AS number
            FROM (SELECT {name} AS text, COUNT(*) AS n FROM cells
                WHERE {name} <> '' AND NOT LOWER({name}) IN (SELECT UNNEST($2)) GROUP BY 1)""",
            [self._number, WORDS],
        )
        (worded, empty) = self._one(
            f"""SELECT COUNT(*) FILTER (LOWER({name}) IN (SELECT UNNEST($1))),
            COUNT(*) FILTER ({name} IS NULL OR {name} = '') FROM cells""",
            WORDS,
        )
        found = self._one(
            """SELECT COUNT(*), COALESCE(MAX(LENGTH(text)), 0),
            COALESCE(SUM(n) FILTER (number IS NOT NULL AND ISFINITE(number)), 0),
            COALESCE(SUM(n) FILTER (regexp_full_match(text, $1)), 0),
            COALESCE(SUM(n) FILTER (regexp_full_match(text, $2)), 0),
            COALESCE(SUM(n) FILTER (regexp_full_match(text, $3)), 0),
            COALESCE(SUM(n) FILTER (TRIM(text) <> text), 0),
            MIN(number, 2), MAX(number), ARG_MIN(n, number) FROM texts""",
            INTEGER if self._decimal == "." else INTEGER.replace(r"\.", ","),
            _GROUPED,
            _ZERO_LED,
        )
        distinct, longest, numbers, whole, grouped, zero_led, padded, lowest, high, count = found
        median = self._median(int(numbers))
        all_numbers = numbers == self._rows - worded - empty and not zero_led
        limit = _NUMBERS_KEPT if all_numbers else MOST_VALUES
        values = self._connection.execute(
            "SELECT text, n FROM texts ORDER BY n DESC, text LIMIT $1", [limit]
        ).fetchall()
        lowest = lowest or [0]
        return ColumnFacts(
            header=header.strip(),
            rows=self._rows,
            missing=worded + empty,
            worded=worded,
            distinct=distinct,
            whole=int(whole),
            numbers=int(numbers),
            grouped=int(grouped),
            padded=int(padded),
            zero_led=int(zero_led),
            low=lowest[0],
            second=lowest[-1],
            high=high or 0,
            median=median,
            lowest_count=int(count or 0),
            longest=longest,
            values=tuple((text, int(n)) for text, n in values),
        )

    def _median(self, numbers: int) -> float:
        """Return the lower median of a column's numbers, 0 where there are none."""
        (found,) = self._one(
            """SELECT MIN(number) FROM (SELECT number, SUM(n) OVER (ORDER BY number) AS below
            FROM texts WHERE number IS NOT NULL) WHERE below >= $1""",
            numbers / 2,
        )
        return float(found or 0)

    def _one(self, statement: str, *values: object) -> tuple[Any, ...]:
        row = self._connection.execute(statement, list(values)).fetchone()
        return row or ()


def _load(connection: duckdb.DuckDBPyConnection, path: Path, delimiter: str, columns: int) -> None:
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(columns))
    try:
        connection.execute(
            f"""CREATE TEMP TABLE cells AS SELECT * FROM read_csv($1, delim = $2, header = true,
            columns = {{{names}}}, auto_detect = false, quote = '"', escape = '"',
            strict_mode = true, null_padding = true, ignore_errors = true, parallel = false)""",
            [str(path), delimiter],
        )
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise DraftRefused(f"{path.name} cannot be read as CSV: {first}") from error
