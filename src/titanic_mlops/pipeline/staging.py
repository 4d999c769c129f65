"""A file's checked rows before they are loaded: two Parquet objects, then two staging tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from titanic_mlops.ledger import Entry
from titanic_mlops.ports import Ports, Table
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import REJECTED_ROWS
from titanic_mlops.tables.problem import training_data

ACCEPTED, REJECTED = KINDS = ("accepted", "rejected")


def keep(entry: Entry, kind: str, path: Path, ports: Ports) -> None:
    """Store the rows of a Parquet file until they are merged."""
    with path.open("rb") as rows:
        ports.storage.put(_key(entry, kind), rows)


def merge(entry: Entry, problem: Problem, ports: Ports) -> None:
    """Merge the stored rows into the tables; a repetition changes nothing."""
    merge_accepted = partial(sql.merge_training_data, problem)
    _merge(entry, ACCEPTED, training_data(problem), merge_accepted, ports)
    _merge(entry, REJECTED, REJECTED_ROWS, sql.merge_rejected_rows, ports)


def _merge(
    entry: Entry, kind: str, table: Table, statement: Callable[[Table, str], str], ports: Ports
) -> None:
    name = _table(entry, kind)
    ports.warehouse.ensure([Table(name, table.fields, transient=True)])
    uri = ports.storage.uri(_key(entry, kind))
    ports.warehouse.load(uri, name, job_id=f"{entry.file_id}-{kind}")
    ports.warehouse.execute(statement(table, name))


def clear(entry: Entry, ports: Ports) -> None:
    """Remove the stored rows and the staging tables."""
    for kind in KINDS:
        ports.warehouse.execute(sql.drop(_table(entry, kind)))
        ports.storage.delete(_key(entry, kind))


def _table(entry: Entry, kind: str) -> str:
    return f"staging_{entry.file_id[:24]}_{kind}"


def _key(entry: Entry, kind: str) -> str:
    return f"staging/{entry.problem}/{entry.file_id}/{kind}.parquet"
