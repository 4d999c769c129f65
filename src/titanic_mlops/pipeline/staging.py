"""A file's checked rows before they are loaded: two Parquet objects, then two staging tables."""

from __future__ import annotations

from pathlib import Path

from titanic_mlops.ledger import Entry
from titanic_mlops.ports import Ports, Table
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import REJECTED_ROWS
from titanic_mlops.tables.problem import training_data

ACCEPTED, REJECTED = KINDS = ("accepted", "rejected")


def keep(entry: Entry, kind: str, path: Path, ports: Ports) -> None:
    """Store the rows of a Parquet file until they are loaded."""
    with path.open("rb") as rows:
        ports.storage.put(_key(entry, kind), rows)


def append(entry: Entry, problem: Problem, ports: Ports) -> None:
    """Append the stored rows to the tables, once."""
    append_accepted(entry, problem, ports)
    _append(entry, REJECTED, REJECTED_ROWS, ports)


def append_accepted(entry: Entry, problem: Problem, ports: Ports) -> None:
    """Append the stored accepted rows only, once."""
    _append(entry, ACCEPTED, training_data(problem), ports)


def table_name(file_id: str, kind: str) -> str:
    """Return the name of the staging table of one kind of a file's rows."""
    return f"staging_{file_id[:24]}_{kind}"


def folder_of(problem: str) -> str:
    """Return where the staged rows of a problem's files are."""
    return f"staging/{problem}/"


def parts_of(key: str) -> tuple[str, str]:
    """Return the file id and the kind of rows that the key of staged rows names."""
    _, _, file_id, name = key.split("/")
    return file_id, name.removesuffix(".parquet")


def _append(entry: Entry, kind: str, table: Table, ports: Ports) -> None:
    name, job = table_name(entry.file_id, kind), f"{entry.file_id}-{kind}"
    ports.warehouse.ensure([Table(name, table.fields, transient=True)])
    ports.warehouse.load(ports.storage.uri(_key(entry, kind)), name, job_id=job)
    append = sql.append_rows(table, name)
    ports.warehouse.execute(append, {"sequence": entry.sequence}, job_id=f"{job}-append")


def clear(entry: Entry, ports: Ports) -> None:
    """Remove the stored rows and the staging tables."""
    for kind in KINDS:
        ports.warehouse.execute(sql.drop(table_name(entry.file_id, kind)))
        ports.storage.delete(_key(entry, kind))


def _key(entry: Entry, kind: str) -> str:
    return f"{folder_of(entry.problem)}{entry.file_id}/{kind}.parquet"
