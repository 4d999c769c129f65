"""One fast pass over the bytes: is the file text, and can the bulk reader read it?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from titanic_mlops.errors import FileRejected
from titanic_mlops.ingestion.encoding import Encoding
from titanic_mlops.ingestion.records import BOM

BLOCK = 1 << 22
LONG_LINE = 1 << 16
"""A file with a longer line, in bytes, goes to the row reader."""

_SAMPLE = 1 << 16
_MOSTLY = 0.3
_UTF_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_MAGIC = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh9", b"7z\xbc\xaf", b"\xfd7zXZ"),
    *(b"\x28\xb5\x2f\xfd", b"\x89PNG", b"\x89HDF", b"\xff\xd8\xff", b"GIF87a", b"GIF89a"),
    *(b"%PDF-", b"RIFF", b"PAR1\x15", b"\xd0\xcf\x11\xe0", b"SQLite format 3\0", b"\x7fELF"),
)
_TAB, _LF, _CR, _QUOTE = b'\t\n\r"'


def is_regular(path: Path, file: str, delimiter: str = ",") -> bool:
    """Return whether every line is one record for any reader, so that the bulk reader can read it.

    `file` is the name to use in sentences.

    Raises:
        FileRejected: `not_csv` is quarantined, `encoding` is held.
    """
    regular, carriage_returns, line_feeds = True, 0, 0
    encoding = Encoding()
    with path.open("rb") as stream:
        _reject_binary(stream.read(_SAMPLE), file)
        stream.seek(0)
        for number, block in enumerate(blocks(stream)):
            text = block.removeprefix(BOM) if number == 0 else block
            regular = encoding.add(text) and regular
            carriage_returns += text.count(b"\r")
            line_feeds += text.count(b"\n")
            regular = regular and b"\0" not in text and _is_well_formed(text, ord(delimiter))
    encoding.reject_legacy(file)
    # a lone CR made the file irregular above: these CRs belong to CRLFs
    return regular and carriage_returns in (0, line_feeds)


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield blocks of whole lines, about 4 MiB each; a longer line is split."""
    rest = b""
    while chunk := stream.read(BLOCK):
        end = chunk.rfind(b"\n") + 1
        if end or len(rest) + len(chunk) > BLOCK:
            yield rest + chunk[: end or len(chunk)]
            rest = chunk[end or len(chunk) :]
        else:
            rest += chunk
    if rest:
        yield rest


def _reject_binary(head: bytes, file: str) -> None:
    if head.startswith(_UTF_BOMS) or _looks_wide(head):
        detail = f"{file}: the text is UTF-16 or UTF-32; it must be UTF-8"
        raise FileRejected(detail, state="held", rule="encoding")
    codes = np.frombuffer(head, np.uint8)
    control = (codes < ord(" ")) & ~np.isin(codes, (_TAB, _LF, _CR))
    if head.startswith(_MAGIC) or control.sum() > _MOSTLY * len(head):
        detail = f"{file}: the file is not text; it must be a CSV file in UTF-8"
        raise FileRejected(detail, state="quarantined", rule="not_csv")


def _looks_wide(head: bytes) -> bool:
    """Return whether NULs repeat in a pattern that only UTF-16 and UTF-32 have."""
    whole = np.frombuffer(head[: len(head) // 4 * 4], np.uint8).reshape(-1, 4)
    if not len(whole):
        return False
    nul = (whole == 0).mean(axis=0) > 1 - _MOSTLY
    printed = (whole > _TAB - 1).mean(axis=0) > 1 - _MOSTLY
    # most characters of a CSV are ASCII: one byte of each is printed, the others are NUL
    patterns = ("0101", "1010", "0111", "1110")
    return "".join(str(int(n)) for n in nul) in patterns and bool((nul ^ printed).all())


def _is_well_formed(text: bytes, separator: int) -> bool:
    """Return whether lines are short, every CR has its LF, and quotes open and close in place."""
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        return False
    codes = np.frombuffer(b"\n" + text + b"\n", np.uint8)
    places = np.flatnonzero((codes == _QUOTE) | (codes == _LF))
    is_quote = codes[places] == _QUOTE
    ends = places[~is_quote]
    if (np.diff(ends) > LONG_LINE).any():
        return False
    within_quotes = np.cumsum(is_quote) % 2 == 1
    if within_quotes[~is_quote].any():
        return False
    quotes = places[is_quote]
    before, after = codes[quotes[0::2] - 1], codes[quotes[1::2] + 1]
    opened = np.isin(before, (separator, _LF, _QUOTE))
    return bool(opened.all() and np.isin(after, (separator, _CR, _LF, _QUOTE)).all())
