"""Check one landed file: write two Parquet files, return counts, reasons and warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from titanic_mlops.ingestion.batches import read_one_by_one
from titanic_mlops.ingestion.bulk import read_in_bulk
from titanic_mlops.ingestion.duplicates import find_superseded, reject_again, remove_rows
from titanic_mlops.ingestion.erased import find_erased, reject_erased, without_erased
from titanic_mlops.ingestion.faults import Tally
from titanic_mlops.ingestion.header import Header, read_header
from titanic_mlops.ingestion.notes import Notes, sentences
from titanic_mlops.ingestion.parquet import AcceptedFile, RejectedFile, Source
from titanic_mlops.ingestion.rows import RejectedRow
from titanic_mlops.ingestion.statistics import Statistics, measure
from titanic_mlops.ingestion.structure import is_regular
from titanic_mlops.problems.base import Problem


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """Count the accepted and rejected rows of a file.

    `labelled` counts the accepted rows whose target is known; `reasons` counts faults by
    "field:rule", the most frequent first, and `worst` is a sentence on that one; `examples`
    are the first rejected rows and may show personal values; all else never does.
    """

    accepted: int
    rejected: int
    labelled: int
    reasons: dict[str, int]
    worst: str
    examples: tuple[RejectedRow, ...]
    warnings: tuple[str, ...]
    statistics: Statistics

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
    read = (
        read_in_bulk
        if is_regular(path, source.file, problem.dialect.delimiter)
        else read_one_by_one
    )
    header = read_header(path, problem, source.file)
    tally, notes, rows, is_erased = Tally(problem), Notes(), 0, source.is_erased
    with RejectedFile(rejected, source) as rejected_file:
        with AcceptedFile(accepted, problem, source) as accepted_file:
            for batch in read(path, problem, header, notes):
                accepted_file.write(batch.accepted)
                tally.add(without_erased(batch.rejected, problem, is_erased), rejected_file)
                rows += batch.accepted.num_rows + len(batch.rejected)
                if progress:
                    progress(batch.end)
        if is_erased and len(erased := find_erased(accepted, is_erased)):
            remove_rows(accepted, erased)
            tally.add((reject_erased(int(row), problem) for row in erased), rejected_file)
        # without a key equal rows are one record, and nothing says that a row replaces another
        if problem.key and len(superseded := find_superseded(accepted, problem.key)):
            remove_rows(accepted, superseded)
            tally.add(reject_again(path, problem, header, superseded), rejected_file)
    statistics = measure(accepted, problem)
    labelled = statistics["rows"] - statistics["missing"].get(problem.target, 0)
    unlabelled = _say_unlabelled(problem, header, statistics["rows"], labelled)
    return CheckedFile(
        accepted=statistics["rows"],
        rejected=tally.rejected,
        labelled=labelled,
        reasons=tally.reasons(),
        worst=tally.worst(rows),
        examples=tuple(tally.first),
        warnings=(*header.warnings, *unlabelled, *sentences(notes)),
        statistics=statistics,
    )


def _say_unlabelled(
    problem: Problem, header: Header, accepted: int, labelled: int
) -> Iterator[str]:
    if accepted and not labelled:
        target = problem.by_name[problem.target].file_name
        known = problem.target in header.positions
        why = f"{target} is empty" if known else f"no column {target}"
        yield f"0 of {accepted:,} rows are labelled: {why}"
