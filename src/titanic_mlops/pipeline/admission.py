"""A checked file is compared with what is known before it is loaded: reasons to hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from titanic_mlops.errors import NotFound, TitanicMlopsError
from titanic_mlops.learning import admission
from titanic_mlops.learning.doubts import doubts_about
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.stored_snapshot import read_table, record_ids
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline.revocations import revoked_files
from titanic_mlops.ports import ObjectStore, Ports, Value
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.arrow import to_scalars

SAMPLE = 10_000
"""Rows compared at most: a fixed sample, by a hash of the record's id, of a larger file."""
ID_SHOWN = 8


@dataclass(frozen=True, slots=True)
class _Known:
    """The champion and the rows that it was trained and judged on."""

    version: int
    model: Model
    rows: pa.Table

    def doubts_about(self, rows: pa.Table, problem: Problem) -> Iterator[str]:
        """Yield the doubts about other rows."""
        return doubts_about(
            problem, rows, _sample(self.rows), self.model, f"version {self.version}"
        )


def reasons_to_hold(entry: Entry, accepted: Path, problem: Problem, ports: Ports) -> list[str]:
    """Return why a file whose accepted rows are in a Parquet file must be held, in sentences.

    A sentence names figures, columns and files, never a value of a row.
    """
    rows = to_scalars(_sample(pq.read_table(accepted)))
    known = _known(problem, ports)
    return [
        *_changed_labels(entry, rows, problem, ports),
        *(() if known is None else known.doubts_about(rows, problem)),
    ]


def _changed_labels(entry: Entry, rows: pa.Table, problem: Problem, ports: Ports) -> Iterator[str]:
    labelled = _labels(rows, problem)
    if not labelled:
        return
    asked: dict[str, Value] = {"ids": tuple(labelled), "generation": entry.generation}
    found = ports.warehouse.query(sql.known_labels(problem), asked).to_pylist()
    changed = [row for row in found if row["label"] != labelled[row["record_id"]]]
    if not admission.changes_too_many(len(changed), len(found)):
        return
    (file_id, count), *_ = Counter(row["label_file_id"] for row in changed).most_common()
    yield (
        f"It changes {len(changed):,} of {len(found):,} known labels, more than "
        f"{admission.CHANGED_SHARE:.0%}; {count:,} of them are from "
        f"{_named(file_id, problem, ports)}."
    )


def _known(problem: Problem, ports: Ports) -> _Known | None:
    """Return the champion and its rows; None while there is none that can testify.

    Its files may be damaged, which the training that follows reports, or it has learned from a
    file that is revoked.
    """
    registry = Registry(ports.storage, problem.name)
    try:
        version, model = registry.champion_model()
        snapshot = registry.card(version).snapshot
        known = _Known(version, model, _snapshot(problem, ports.storage, snapshot.sha256))
    except TitanicMlopsError:
        return None
    return None if revoked_files(ports).intersection(snapshot.files) else known


def _snapshot(problem: Problem, storage: ObjectStore, digest: str) -> pa.Table:
    rows = read_table(problem, storage, digest)
    if "record_id" not in rows.schema.names:
        rows = rows.append_column("record_id", pa.array(record_ids(problem, rows)))
    return rows


def _sample(rows: pa.Table) -> pa.Table:
    if rows.num_rows <= SAMPLE:
        return rows
    limit = SAMPLE / rows.num_rows * (1 << 32)
    ids = rows["record_id"].to_pylist()
    chosen = [int(md5(i.encode(), usedforsecurity=False).hexdigest()[:8], 16) < limit for i in ids]
    return rows.filter(pa.array(chosen)).slice(0, SAMPLE)


def _labels(rows: pa.Table, problem: Problem) -> dict[str, object]:
    pairs = zip(rows["record_id"].to_pylist(), rows[problem.target].to_pylist(), strict=True)
    return {record_id: label for record_id, label in pairs if label is not None}


def _named(file_id: str, problem: Problem, ports: Ports) -> str:
    try:
        name = Ledger(ports.storage, problem.name).get(file_id).file
    except NotFound:
        return f"file {file_id[:ID_SHOWN]}"
    return f"{name}, which `titanic-mlops files revoke {file_id[:ID_SHOWN]}` takes back"
