"""How files write their fields and values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Say how a file writes fields: what separates them, decimal marks, dates and times.

    `date_format` and `datetime_format` are formats of `strptime`; empty means ISO 8601.
    """

    delimiter: str = ","
    decimal: str = "."
    date_format: str = ""
    datetime_format: str = ""
