"""Formats in which files write dates and times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

ISO_DATE, ISO_TIME = "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"
DAYS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y"),
    *("%d/%m/%y", "%m/%d/%y", "%b %d %Y", "%d %b %Y", "%d %B %Y", "%B %d, %Y", "%b %d, %Y"),
    *("%d-%b-%Y", "%d-%b-%y", "%Y.%m.%d"),
)
CLOCKS = ("%H:%M", "%H:%M:%S")
AMBIGUOUS = {"%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%d/%m/%y": "%m/%d/%y"}
"""A format with the day first, and the one with the month first that may read the same texts."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?")
_LIKELY = re.compile(r"[\w.,/: +-]{6,40}")
_MOST_DIFFERENT = 20


def date_formats(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the formats that read every text; ISO 8601 is `ISO_DATE` or `ISO_TIME`."""
    if not texts or not all(_is_likely(text) for text in texts[:_MOST_DIFFERENT]):
        return ()
    if all(_DATE.fullmatch(text) and _is_iso(text) for text in texts):
        return (ISO_DATE,)
    if all(_TIME.fullmatch(text) and _is_iso(text) for text in texts):
        return (ISO_TIME,)
    times = [f"{day} {clock}" for day in DAYS for clock in CLOCKS]
    times += [f"{ISO_DATE} {CLOCKS[0]}"]
    return tuple(form for form in (*DAYS, *times) if all(_reads(form, text) for text in texts))


def has_clock(form: str) -> bool:
    """Return whether a format gives a time of the day."""
    return "%H" in form


def iso_text(text: str, form: str) -> str:
    """Return a date or time of this format as ISO 8601 writes it."""
    if form in (ISO_DATE, ISO_TIME):
        return text
    moment = datetime.strptime(text, form)  # noqa: DTZ007 files write no offset
    return moment.isoformat() if has_clock(form) else moment.date().isoformat()


def _is_likely(text: str) -> bool:
    return any(letter.isdigit() for letter in text) and bool(_LIKELY.fullmatch(text))


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _reads(form: str, text: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 files write no offset
    except ValueError:
        return False
    return True
