"""A landing CSV -> accepted rows, and refused rows with their reasons.

`structure` and `header` say whether the file can become rows at all; `records` and `rows`
are the specification of a row, `bulk` is the fast reader that agrees with it; `check` puts
them together. Nothing here knows a bucket, a ledger or a warehouse.
"""

from __future__ import annotations

from titanic_mlops.ingestion.check import CheckedFile, check_file
from titanic_mlops.ingestion.rows import RejectedRow
from titanic_mlops.ingestion.tables import Source

__all__ = ["CheckedFile", "RejectedRow", "Source", "check_file"]
