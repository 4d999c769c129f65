"""A checked file is compared with what is known before it is loaded: reasons to hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from titanic_mlops.errors import NotFound, TitanicMlopsError
from titanic_mlops.learning import admission
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.stored_snapshot import read_table
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import ObjectStore, Ports, Value
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.registry import Registry
from titanic_mlops.rules.split import TEST, VALIDATION
from titanic_mlops.tables import statements as sql

SAMPLE = 10_000
"""Rows compared at most: a fixed sample, by a hash of the record's id, of a larger file."""
ID_SHOWN = 8


@dataclass(frozen=True, slots=True)
class _Known:
    """The champion and the rows that it was trained and judged on."""

    version: int
    model: Model
    rows: pa.Table


def reasons_to_hold(entry: Entry, accepted: Path, problem: Problem, ports: Ports) -> list[str]:
    """Return why a file whose accepted rows are in a Parquet file must be held, in sentences.

    A sentence names figures, columns and files, never a value of a row.
    """
    rows = _sample(pq.read_table(accepted))
    known = _known(problem, ports)
    return [
        *_changed_labels(entry, rows, problem, ports),
        *(() if known is None else _against_champion(rows, known, problem)),
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


def _against_champion(rows: pa.Table, known: _Known, problem: Problem) -> Iterator[str]:
    yield from _copies(rows, known, problem)
    labelled = rows.filter(rows[problem.target].is_valid())
    if not labelled.num_rows:
        return
    held_out = _sample(known.rows.filter(_is_in(known.rows["split"], (VALIDATION, TEST))))
    found = contradiction(problem, known.model, labelled.to_pylist(), held_out.to_pylist())
    if found.holds:
        yield (
            f"Its {labelled.num_rows:,} labels contradict the champion, version {known.version}: "
            f"{described(found, problem)} (z {found.z:.1f}, at most {admission.CONTRADICTION_Z:g})."
        )
    yield from _leaks(labelled, _sample(known.rows), problem)


def contradiction(
    problem: Problem, model: Model, records: list[Record], held_out: list[Record]
) -> admission.Contradiction:
    """Compare labelled records with those that a model was not fitted on."""
    if problem.task == "regression":
        return admission.larger_residuals(
            *(np.abs(_targets(problem, some) - model.scores(some)) for some in (records, held_out))
        )
    return admission.inverted_labels(
        *(
            admission.Scored(_targets(problem, some), _probabilities(model, some))
            for some in (records, held_out)
        )
    )


def described(found: admission.Contradiction, problem: Problem) -> str:
    """Return the two figures of a contradiction in words."""
    if problem.task == "regression":
        return f"their median error is {found.rate:.2f} times that of the rows it was judged on"
    return (
        f"{found.rate:.0%} of them are as if inverted, {found.holdout_rate:.0%} of the rows that "
        "it was judged on"
    )


def _copies(rows: pa.Table, known: _Known, problem: Problem) -> Iterator[str]:
    names = [
        column.name
        for column in problem.columns
        if column.name not in {problem.key, problem.target}
        and column.name in known.rows.schema.names
    ]
    keys: dict[tuple[object, ...], set[object]] = {}
    for content, key in _contents(known.rows, names, problem):
        keys.setdefault(content, set()).add(key)
    own = sum(len(same) - 1 for same in keys.values()) / max(known.rows.num_rows, 1)
    copied = sum(
        1 for content, key in _contents(rows, names, problem) if keys.get(content, {key}) - {key}
    )
    if admission.copies_too_many(copied, rows.num_rows, own):
        yield (
            f"{copied:,} of its {rows.num_rows:,} rows equal a known row under another "
            f"{problem.key}, more than {admission.COPIED_SHARE:.0%}."
        )


def _leaks(labelled: pa.Table, known: pa.Table, problem: Problem) -> Iterator[str]:
    if problem.task == "regression":
        return
    labels, known_labels = (_column(table, problem.target) for table in (labelled, known))
    now, before = {}, {}
    for column in problem.inputs:
        if column.name in known.schema.names:
            values, others = (table[column.name].to_pylist() for table in (labelled, known))
            now[column.name], before[column.name] = admission.as_numbers(
                values, others, known_labels
            )
    for name, found, was in admission.leaking_columns(now, labels, before, known_labels):
        yield (
            f"{name} alone predicts {problem.target} with an AUC of {found:.3f}, {was:.3f} among "
            "the known rows: it probably contains the answer."
        )


def _known(problem: Problem, ports: Ports) -> _Known | None:
    """Return the champion and its rows; None while there is none, or its files are damaged."""
    registry = Registry(ports.storage, problem.name)
    try:
        version, model = registry.champion_model()
        digest = registry.card(version).snapshot.sha256
        return _Known(version, model, _snapshot(problem, ports.storage, digest))
    except TitanicMlopsError:  # the training that follows refuses or reports it
        return None


def _snapshot(problem: Problem, storage: ObjectStore, digest: str) -> pa.Table:
    rows = read_table(problem, storage, digest)
    if "record_id" not in rows.schema.names:
        rows = rows.append_column("record_id", rows[problem.key].cast(pa.string()))
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


def _contents(
    rows: pa.Table, names: list[str], problem: Problem
) -> Iterator[tuple[tuple[object, ...], object]]:
    columns = [rows[name].to_pylist() for name in names]
    return zip(zip(*columns, strict=True), rows[problem.key].to_pylist(), strict=True)


def _is_in(column: pa.ChunkedArray, values: tuple[str, ...]) -> pa.Array:
    return pa.array([value in values for value in column.to_pylist()])


def _column(rows: pa.Table, name: str) -> Floats:
    return np.array(rows[name].to_pylist(), dtype=float)


def _targets(problem: Problem, records: list[Record]) -> Floats:
    return np.array([record[problem.target] for record in records], dtype=float)


def _probabilities(model: Model, records: list[Record]) -> Floats:
    probabilities: Floats = (1 + np.tanh(model.scores(records) / 2)) / 2  # sigmoid, no overflow
    return probabilities


def _named(file_id: str, problem: Problem, ports: Ports) -> str:
    try:
        name = Ledger(ports.storage, problem.name).get(file_id).file
    except NotFound:
        return f"file {file_id[:ID_SHOWN]}"
    return f"{name}, which `titanic-mlops files revoke {file_id[:ID_SHOWN]}` takes back"
