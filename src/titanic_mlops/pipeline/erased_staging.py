"""A person's rows leave the staged rows of files that are held or not loaded yet."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.pipeline import staging
from titanic_mlops.pipeline.erased_counts import store_counts
from titanic_mlops.pipeline.erasures import Erased
from titanic_mlops.pipeline.person import Person
from titanic_mlops.ports import ObjectInfo, Ports
from titanic_mlops.problems.base import Problem, Scalar
from titanic_mlops.tables import statements as sql


def personal_values(record_id: str, problem: Problem, ports: Ports) -> Iterator[dict[str, Scalar]]:
    """Yield the personal values of the record's staged rows that would be accepted."""
    for _, kind, _, rows in _staged(problem, ports):
        if kind == staging.ACCEPTED:
            chosen = pc.equal(rows["record_id"], record_id)
            yield from rows.filter(chosen).select(list(problem.personal_columns)).to_pylist()


def delete_staged(person: Person, erased: Erased, problem: Problem, ports: Ports) -> int:
    """Rewrite staged rows without the person's; return how many rows there were."""
    count = 0
    for file_id, kind, info, rows in _staged(problem, ports):
        stays = [not _is_of(person, erased, row) for row in _facts(rows)]
        kept = rows.filter(pa.array(stays, pa.bool_()))
        if kept.num_rows < rows.num_rows:
            store_counts(file_id, _counts(kind, kept, problem), problem, ports)
            # The table may hold the rows already; the next load makes it again.
            ports.warehouse.execute(sql.drop(staging.table_name(file_id, kind)))
            buffer = io.BytesIO()
            pq.write_table(kept, buffer, compression="zstd")
            with suppress(Conflict):  # the file was loaded or checked again meanwhile
                ports.storage.put(info.key, buffer.getvalue(), if_version=info.version)
            count += rows.num_rows - kept.num_rows
    return count


def _counts(kind: str, kept: pa.Table, problem: Problem) -> dict[str, int]:
    if kind == staging.REJECTED:
        return {"rejected": kept.num_rows}
    labels = kept[problem.target]
    return {"accepted": kept.num_rows, "labelled": kept.num_rows - labels.null_count}


def _staged(problem: Problem, ports: Ports) -> Iterator[tuple[str, str, ObjectInfo, pa.Table]]:
    for info in list(ports.storage.list(staging.folder_of(problem.name))):
        file_id, kind = staging.parts_of(info.key)
        with suppress(NotFound):
            found = ports.storage.get(info.key)
            if found:
                yield file_id, kind, found[1], pq.read_table(io.BytesIO(found[0]))


def _facts(rows: pa.Table) -> Iterator[tuple[str | None, str]]:
    names = rows.schema.names
    nothing = [None] * rows.num_rows
    ids = rows["record_id"].to_pylist() if "record_id" in names else nothing
    raw = rows["raw"].to_pylist() if "raw" in names else nothing
    return zip(ids, (text or "" for text in raw), strict=True)


def _is_of(person: Person, erased: Erased, row: tuple[str | None, str]) -> bool:
    record_id, raw = row
    return person.is_in(raw) if record_id is None else erased.holds(record_id)
