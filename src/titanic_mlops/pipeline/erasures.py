"""Erased records are remembered by a keyed hash, so that their later rows are recognized."""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass

from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.ingestion import IsErased
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.tables import erasures as sql
from titanic_mlops.tables.platform import ERASURES, REJECTED_ROWS
from titanic_mlops.tables.problem import training_data
from titanic_mlops.tables.statements import insert_once

SECRET_BYTES = 32

_INSERT = insert_once(ERASURES, unless_equal=("record_hash",))


@dataclass(frozen=True, slots=True)
class Erased:
    """The hashes of the erased records, and the secret that they were made with."""

    secret: bytes = b""
    hashes: frozenset[str] = frozenset()

    def holds(self, record_id: str) -> bool:
        """Return whether the record was erased."""
        return bool(self.hashes) and _hash(self.secret, record_id) in self.hashes

    @property
    def test(self) -> IsErased | None:
        """Return `holds`, None if no record was ever erased."""
        return self.holds if self.hashes else None


def erased_records(problem: Problem, ports: Ports) -> Erased:
    """Return the erased records; the table is read only if there may be some."""
    try:
        found = ports.storage.get(_secret_key(problem))
    except NotFound:
        return Erased()
    rows = ports.warehouse.query(sql.RECORD_HASHES).to_pylist()
    return Erased(found[0] if found else b"", frozenset(row["record_hash"] for row in rows))


def remember_erasure(
    record_id: str, problem: Problem, ports: Ports, *, why: str, by: str
) -> Erased:
    """Store that a record is erased, once; return all erased records."""
    with suppress(Conflict):  # an earlier erasure made it
        ports.storage.put(_secret_key(problem), secrets.token_bytes(SECRET_BYTES), if_version=0)
    known = erased_records(problem, ports)
    found = ports.storage.get(_secret_key(problem))
    secret = found[0] if found else b""
    if not known.holds(record_id):
        ports.warehouse.execute(
            _INSERT,
            {
                "record_hash": _hash(secret, record_id),
                "sequence": Ledger(ports.storage, problem.name).next_number(),
                "why": why,
                "decided_by": by,
                "decided_at": ports.clock.now(),
            },
        )
    return erased_records(problem, ports)


def require_same(erased: Erased, problem: Problem, ports: Ports) -> None:
    """Require that no record was erased since `erased` was read.

    Raises:
        Conflict: one was; rows that were checked before may be of it.
    """
    if erased_records(problem, ports) != erased:
        raise Conflict("A record was erased while the file was checked; it is checked again.")


def delete_erased_rows(entry: Entry, problem: Problem, ports: Ports) -> None:
    """Delete the rows of erased records that a file has just brought into the tables.

    An erasure is remembered before it deletes rows. So either it is found here, or it comes later
    and finds these rows.
    """
    erased = erased_records(problem, ports)
    if not erased.hashes:
        return
    for table in (training_data(problem), REJECTED_ROWS):
        asked = {"file_id": entry.file_id}
        rows = ports.warehouse.query(sql.ids_of_file(table), asked).to_pylist()
        ids = tuple(row["record_id"] for row in rows if erased.holds(row["record_id"]))
        if ids:
            ports.warehouse.execute(sql.delete_from_file(table), {**asked, "ids": ids})


def _hash(secret: bytes, record_id: str) -> str:
    return hmac.digest(secret, record_id.encode(), "sha256").hex()


def _secret_key(problem: Problem) -> str:
    return f"erasures/{problem.name}/secret"
