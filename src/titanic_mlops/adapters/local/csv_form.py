"""The form of a CSV file before its cells are read: encoding, delimiter, header."""

from __future__ import annotations

import codecs
import csv
from pathlib import Path

import duckdb

from titanic_mlops.errors import DraftRefused
from titanic_mlops.rules.cells import MISSING_WORDS

DELIMITERS = (",", ";", "\t", "|")
WORDS = sorted({word.lower() for word in MISSING_WORDS})
"""The platform's words for a missing value, in lower case."""
_BLOCK = 1 << 20


def refuse_other_encodings(path: Path) -> None:
    """Refuse a file that is not text in UTF-8.

    Raises:
        DraftRefused: naming the file.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
                if b"\0" in block:
                    raise DraftRefused(f"{path.name} is not a text file; save it as CSV in UTF-8.")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise DraftRefused(
                f"{path.name} is not UTF-8, which every file must be; save it as CSV in UTF-8."
            ) from None


def delimiter_of(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Return the delimiter that DuckDB's sniffer finds, else the most frequent in the header."""
    first = _first_line(path)
    counts = {delimiter: first.count(delimiter) for delimiter in DELIMITERS}
    try:
        row = connection.execute(
            "SELECT Delimiter FROM sniff_csv($1, nullstr = $2, sample_size = 20480)",
            [str(path), WORDS],
        ).fetchone()
    except duckdb.Error:
        row = None
    if row and counts.get(row[0]):
        return str(row[0])
    return max(DELIMITERS, key=counts.__getitem__)


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next((line for line in file if line.strip()), "")


def headers_of(path: Path, delimiter: str) -> list[str]:
    """Return the fields of the first line that is not blank.

    Raises:
        DraftRefused: there are fewer than two.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        try:
            headers = next((row for row in rows if any(cell.strip() for cell in row)), [])
        except csv.Error:
            headers = []
    if not headers:
        raise DraftRefused(f"{path.name} is empty; it must have a header and rows.")
    if len(headers) == 1:
        raise DraftRefused(
            f"{path.name} has the one column {headers[0].strip()!r}; a table needs a target and "
            "other columns, separated by a comma, a semicolon, a tab or |."
        )
    return headers
