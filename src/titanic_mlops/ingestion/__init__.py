"""A landed CSV file -> accepted rows, and rejected rows with their reasons.

`structure` and `header` decide whether the file can become rows at all; `records` and `rows`
specify a row, `bulk` and `columns` are the fast reader that agrees with them; `skipped` knows the
lines that are no rows, `identity` whose row a record is, `erased` which rows must not be kept;
`parquet` writes the results, `faults` and `notes` say what was found, and `statistics` what is
unusual against earlier files; `check` combines them. Nothing here knows a bucket,
a ledger or a warehouse.
"""

from __future__ import annotations

from titanic_mlops.ingestion.check import CheckedFile, check_file
from titanic_mlops.ingestion.erased import IsErased
from titanic_mlops.ingestion.parquet import Source
from titanic_mlops.ingestion.rows import RejectedRow
from titanic_mlops.ingestion.statistics import Statistics, compare

__all__ = [
    "CheckedFile",
    "IsErased",
    "RejectedRow",
    "Source",
    "Statistics",
    "check_file",
    "compare",
]
