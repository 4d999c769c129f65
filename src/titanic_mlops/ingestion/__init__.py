"""A landed CSV file -> accepted rows, and rejected rows with their reasons.

`structure` and `header` decide whether the file can become rows at all; `records` and `rows`
specify a row, `bulk` is the fast reader that agrees with them; `parquet` writes the results;
`check` combines them. Nothing here knows a bucket, a ledger or a warehouse.
"""

from __future__ import annotations

from titanic_mlops.ingestion.check import CheckedFile, check_file
from titanic_mlops.ingestion.parquet import Source
from titanic_mlops.ingestion.rows import RejectedRow

__all__ = ["CheckedFile", "RejectedRow", "Source", "check_file"]
