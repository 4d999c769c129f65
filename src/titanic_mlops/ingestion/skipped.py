"""Records that are no rows: empty cells only, or the header again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from titanic_mlops.ingestion.header import Header
from titanic_mlops.ingestion.header_faults import fold
from titanic_mlops.ingestion.notes import EMPTY, HEADER_AGAIN, Notes
from titanic_mlops.ingestion.records import BOM, Record, no_content, records


class Skip:
    """Recognize the records that are no rows, also behind a byte order mark."""

    def __init__(self, header: Header) -> None:
        self._names = [fold(name) for name in header.names]
        self._delimiter = header.delimiter
        self._no_content = no_content(header.delimiter)
        first = self._names[0][:1]
        # most rows begin otherwise: one look at their first byte lets them pass
        starts = {c.encode()[:1] for c in ("\ufeff", first.lower(), first.upper()) if c}
        self._starts = frozenset((*starts, *(bytes([byte]) for byte in self._no_content)))

    def __call__(self, data: bytes) -> str:
        """Return what a record is that is no row, as counted in the notes; nothing for a row."""
        if data[:1] not in self._starts:
            return ""
        text = data.removeprefix(BOM)
        if not text.strip(self._no_content):
            return EMPTY if not any(_fields(text, self._delimiter) or [""]) else ""
        if [fold(name) for name in _fields(text, self._delimiter)] == self._names:
            return HEADER_AGAIN
        return ""


def row_records(stream: BinaryIO, header: Header, notes: Notes) -> Iterator[Record]:
    """Yield the records that are rows; `stream` is positioned after the header."""
    skip = Skip(header)
    for record in records(stream, header.delimiter):
        if not record.fault and (kind := skip(record.data)):
            notes[kind] += 1
        else:
            yield record


def _fields(text: bytes, delimiter: str) -> list[str]:
    """Return the fields of a record, trimmed; of an unreadable one none that equals a name."""
    try:
        fields = next(csv.reader([text.decode()], delimiter=delimiter, strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return ["\0"]
    return [field.strip() for field in fields]
