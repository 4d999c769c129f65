"""Is a text UTF-8, with a few damaged bytes at most, or in a legacy encoding?"""

from __future__ import annotations

import re

from titanic_mlops.errors import FileRejected

_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_HIGH = bytes(range(0x80, 0x100))


class Encoding:
    """Count what speaks for UTF-8 and against it, over the blocks of a file.

    A single-byte encoding has hardly a pair of bytes that is valid UTF-8, and a damaged UTF-8
    text has few others. So the text is UTF-8 while most of its characters beyond ASCII are.
    """

    def __init__(self) -> None:
        self._characters = self._others = self._lines = 0
        self._first_other = 0

    def add(self, block: bytes) -> bool:
        """Count the characters of the next block; return whether it is valid UTF-8."""
        valid = True
        if not block.isascii():
            try:
                self._characters += len(block.decode()) - len(block.translate(None, _HIGH))
            except UnicodeDecodeError:
                valid = False
                self._add_damaged(block)
        self._lines += block.count(b"\n")
        return valid

    def reject_legacy(self, file: str) -> None:
        """Raise unless the text is UTF-8; `file` is the name to use in the sentence.

        Raises:
            FileRejected: `encoding` is held.
        """
        if self._others > self._characters:
            detail = (
                f"{file}: the text is not UTF-8 (first: line {self._first_other}) but seems to be "
                "Latin-1, windows-1252 or another legacy encoding; save it as UTF-8"
            )
            raise FileRejected(detail, state="held", rule="encoding")

    def _add_damaged(self, block: bytes) -> None:
        # the same length as before, so that places remain
        others = _MULTIBYTE.sub(lambda found: b" " * len(found[0]), block)
        self._characters += len(_MULTIBYTE.findall(block))
        found = _BEYOND_ASCII.findall(others)
        if found and not self._others:
            place = others.index(found[0])
            self._first_other = self._lines + block.count(b"\n", 0, place) + 1
        self._others += len(found)
