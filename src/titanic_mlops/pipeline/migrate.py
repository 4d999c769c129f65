"""Rows that a former version merged into one row a key are brought back file by file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from titanic_mlops.errors import FileRejected, NotFound
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.erasures import delete_erased_rows, erased_records
from titanic_mlops.pipeline.landed_file import check_rows, download
from titanic_mlops.pipeline.migrate_ledger import move_entries
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.arrow import arrow_schema
from titanic_mlops.tables.problem import training_data

BEFORE = "before"
"""The file id of rows whose file is no longer there; it has no entry, so it is not revoked."""

_LOADED = ("loaded", "announced", "done")


def migrate(problem: Problem, ports: Ports) -> int:
    """Append the rows of each file that is still there; return how many merged rows there were.

    Merged rows that hold a value of another file stay, as rows of the file `before`. A crash
    leaves merged rows behind, and the next call continues.
    """
    move_entries(problem, ports.storage)
    merged = ports.warehouse.query(sql.merged_rows(problem))
    if not merged.num_rows:
        return 0
    found = [entry for entry in _loaded(problem, ports) if _append_again(entry, problem, ports)]
    _keep_before(merged, {entry.file_id: entry.generation for entry in found}, problem, ports)
    ports.warehouse.execute(sql.DELETE_MERGED_ROWS)
    return int(merged.num_rows)


def _loaded(problem: Problem, ports: Ports) -> Iterator[Entry]:
    for entry in Ledger(ports.storage, problem.name).entries():
        if entry.state in _LOADED and entry.accepted:
            yield entry


def _append_again(entry: Entry, problem: Problem, ports: Ports) -> bool:
    """Check a file's bytes again and append its accepted rows; return whether they are there."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "landed"
        stored = ports.landing.stat(entry.file)
        try:
            version = stored.version if stored else entry.generation
            if download(entry, path, ports, version=version) != entry.sha256:
                return False
            erased = erased_records(problem, ports)
            check_rows(entry, path, problem, ports, is_erased=erased.test)
        except (NotFound, FileRejected):
            return False
        staging.keep(entry, staging.ACCEPTED, path.with_name(staging.ACCEPTED), ports)
    if not entry.sequence:
        ledger = Ledger(ports.storage, problem.name)
        entry = ledger.move(entry, entry.state, sequence=ledger.next_number())
    staging.append_accepted(entry, problem, ports)
    delete_erased_rows(entry, problem, ports)
    staging.clear(entry, ports)
    return True


def _keep_before(
    merged: pa.Table, appended: dict[str, int], problem: Problem, ports: Ports
) -> None:
    """Append the merged rows that hold a value of a file that was not appended again."""
    generations = set(appended.values())
    kept = [
        row
        for row in merged.to_pylist()
        if row["file_id"] not in appended or row["label_generation"] not in {None, *generations}
    ]
    for number, row in enumerate(kept, start=1):
        row |= {"file_id": BEFORE, "row_number": number, "record_id": str(row[problem.key])}
    entry = Entry(BEFORE, problem.name, "", BEFORE, 0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        table = pa.Table.from_pylist(kept, arrow_schema(training_data(problem)))
        pq.write_table(table, path)
        staging.keep(entry, staging.ACCEPTED, path, ports)
    staging.append_accepted(entry, problem, ports)
    delete_erased_rows(entry, problem, ports)
    staging.clear(entry, ports)
