"""Check one landed file: write two Parquet files, return counts, reasons and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from titanic_mlops.ingestion.batches import read_one_by_one
from titanic_mlops.ingestion.bulk import read_in_bulk
from titanic_mlops.ingestion.duplicates import find_superseded, reject_again, remove_rows
from titanic_mlops.ingestion.header import read_header
from titanic_mlops.ingestion.parquet import AcceptedFile, RejectedFile, Source
from titanic_mlops.ingestion.rows import RejectedRow
from titanic_mlops.ingestion.structure import is_regular
from titanic_mlops.problems.base import Problem

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """Count the accepted and rejected rows of a file.

    `reasons` counts faults by "field:rule", the most frequent first; `examples` are the
    first rejected rows and may show personal values; `warnings` never do.
    """

    accepted: int
    rejected: int
    reasons: dict[str, int]
    examples: tuple[RejectedRow, ...]
    warnings: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Return how many rows the file has."""
        return self.accepted + self.rejected


def check_file(
    path: Path,
    problem: Problem,
    source: Source,
    *,
    accepted: Path,
    rejected: Path,
    progress: Callable[[int], None] | None = None,
) -> CheckedFile:
    """Write the file's rows to the Parquet files `accepted` and `rejected`.

    The same bytes and source give the same files. `progress` is called with the number of
    bytes read so far.

    Raises:
        FileRejected: the file cannot become rows; nothing is written.
    """
    read = read_in_bulk if is_regular(path, source.file) else read_one_by_one
    header = read_header(path, problem, source.file)
    tally, rows = _Tally(), 0
    with RejectedFile(rejected, source) as rejected_file:
        with AcceptedFile(accepted, problem, source) as accepted_file:
            for batch in read(path, problem, header):
                accepted_file.write(batch.accepted)
                tally.add(batch.rejected, rejected_file)
                rows += batch.accepted.num_rows + len(batch.rejected)
                if progress:
                    progress(batch.end)
        superseded = find_superseded(accepted, problem.key)
        if len(superseded):
            remove_rows(accepted, superseded)
            tally.add(reject_again(path, problem, header, superseded), rejected_file)
    return tally.close(rows, header.warnings)


@dataclass(slots=True)
class _Tally:
    """Count rejected rows and their reasons, and keep the first few."""

    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    first: list[RejectedRow] = field(default_factory=list)

    def add(self, rows: Iterable[RejectedRow], file: RejectedFile) -> None:
        for place, row in enumerate(rows):
            file.write(row)
            self.rejected += 1
            self.reasons.update(f"{fault.field}:{fault.rule}" for fault in row.faults)
            if place < EXAMPLES:
                self.first.append(row)
        # rows with a duplicate key are added last, but may stand anywhere in the file
        self.first = sorted(self.first, key=lambda row: row.row_number)[:EXAMPLES]

    def close(self, rows: int, warnings: tuple[str, ...]) -> CheckedFile:
        by_count = sorted(self.reasons.items(), key=lambda reason: (-reason[1], reason[0]))
        return CheckedFile(
            accepted=rows - self.rejected,
            rejected=self.rejected,
            reasons=dict(by_count),
            examples=tuple(self.first),
            warnings=warnings,
        )
