"""Bytes to records: where each record ends, for all quotes and line ends."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from titanic_mlops.errors import Fault

BOM = b"\xef\xbb\xbf"
MAX_LINE = 1 << 20
"""Bytes in the longest physical line and in the longest record."""
MAX_RECORD_LINES = 100
MAX_QUOTED_LINES = 20
MAX_QUOTED = 1 << 16
"""Bytes in the longest quoted field."""
KEPT = 1 << 16
"""Bytes kept of a line that exceeds MAX_LINE."""

OPEN_QUOTE = Fault(
    "",
    "open_quote",
    "has a quote that is not closed",
    f"a quoted field must end before a delimiter or a line end, within {MAX_QUOTED_LINES} lines"
    f" and {MAX_QUOTED >> 10} KiB",
)
OVERLONG = Fault("", "length", "is too long", f"a line must be at most {MAX_LINE >> 20} MiB")

_NO_CONTENT = ' \t"\r\n'
_BLANK = (b"\n", b"\r\n", b"\r")
_QUOTED = re.compile(rb'[^"]*+(?:""[^"]*+)*+')
_CHUNK = 1 << 18


class Record(NamedTuple):
    """One record's bytes with its line end, and the fault of its length or quotes, if any."""

    data: bytes
    fault: Fault | None = None


def records(stream: BinaryIO, delimiter: str = ",") -> Iterator[Record]:
    """Yield every record except blank lines; one record is in memory at a time.

    An open quote rejects its first physical line only: reading continues at the next line.
    """
    source, ahead, separator = lines(stream), deque[bytes](), delimiter.encode()
    while line := ahead.popleft() if ahead else next(source, b""):
        if line in _BLANK:
            continue
        if len(line) > MAX_LINE:
            yield Record(line[:KEPT], OVERLONG)
        elif b'"' not in line:
            yield Record(line)
        else:
            following = _count_following(line, ahead, source, separator)
            if following is None:
                yield Record(line, OPEN_QUOTE)
            else:
                yield Record(line + b"".join(ahead.popleft() for _ in range(following)))


def lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield physical lines with their ends (LF, CRLF or CR), cut soon after MAX_LINE bytes."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        complete = (rest + chunk).splitlines(keepends=True)
        # a CR at the end of a chunk may be half a CRLF
        rest = b"" if complete[-1].endswith(b"\n") else complete.pop()
        if len(rest) > MAX_LINE + 2:
            rest = rest[: MAX_LINE + 1] + (b"\r" if rest.endswith(b"\r") else b"")
        yield from complete
    if rest:
        yield rest


def no_content(delimiter: str) -> bytes:
    """Return the bytes of which records of empty cells consist."""
    return (_NO_CONTENT + delimiter).encode()


def _count_following(
    line: bytes, ahead: deque[bytes], source: Iterator[bytes], separator: bytes
) -> int | None:
    """Return how many more lines the record takes; None for a quote that is not closed in place."""
    taken = 0
    total = len(line)
    opening = 0 if line.startswith(b'"') else _next_opening(line, 0, separator)
    while opening >= 0:
        start, size, span = opening + 1, 0, 1
        while (closing := _end_of_quoted(line, start)) == len(line):
            size += closing - start
            if span == MAX_QUOTED_LINES or taken + 1 == MAX_RECORD_LINES:
                return None
            if taken == len(ahead):
                ahead.extend([following] if (following := next(source, b"")) else [])
            if taken == len(ahead):
                return None
            line, start = ahead[taken], 0
            taken, span, total = taken + 1, span + 1, total + len(line)
            if total > MAX_LINE:
                return None
        if size + closing - start > MAX_QUOTED:
            return None
        if line[closing + 1 : closing + 2] not in (separator, b"\r", b"\n", b""):
            return None
        opening = _next_opening(line, closing + 1, separator)
    return taken


def _next_opening(line: bytes, at: int, separator: bytes) -> int:
    """Return where the next quoted field opens, -1 if none does; `at` is outside of quotes."""
    before = line.find(separator + b'"', at)
    return -1 if before < 0 else before + 1


def _end_of_quoted(line: bytes, start: int) -> int:
    """Return the position of the closing quote, or the length of a line that lacks it."""
    match = _QUOTED.match(line, start)
    return match.end() if match else start
