"""Three wrong pipelines and two wrong decisions that work as long as nothing crashes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.pipeline.decisions import revoke_second
from tests.pipeline.worlds import World
from titanic_mlops.claims import Claims
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline import ingest_data, staging
from titanic_mlops.pipeline.announcement import announce
from titanic_mlops.pipeline.revocations import store_revocation
from titanic_mlops.ports import Ports, Table, Value, Warehouse
from titanic_mlops.tables import statements as sql

Decision = Callable[[World, Ports], object]


def keep_no_ledger(patch: pytest.MonkeyPatch) -> None:
    """Treat every delivery as a new file."""

    def anew(ledger: Ledger, event: ObjectFinalized, *, forced: bool = False) -> Entry:
        where = (ledger._problem, event.bucket, event.name, event.generation)
        return ledger._put(Entry(uuid4().hex, *where, forced=forced))

    patch.setattr(Ledger, "begin", anew)
    patch.setattr(Claims, "claim", lambda _claims, entry, _digest: entry.file_id)


def announce_before_load(patch: pytest.MonkeyPatch) -> None:
    """Announce rows before they are loaded."""
    load, after_load = ingest_data.TRANSITIONS["staged"], ingest_data.TRANSITIONS["loaded"]

    def announced_and_loaded(run: ingest_data._Run, entry: Entry) -> Entry:
        announce(entry, run.ports)
        return load(run, run.ledger.move(entry, "announced"))

    def in_silence(run: ingest_data._Run, entry: Entry) -> Entry:
        with pytest.MonkeyPatch.context() as silence:
            silence.setattr(ingest_data, "announce", lambda _entry, _ports: None)
            return after_load(run, entry)

    patch.setitem(ingest_data.TRANSITIONS, "staged", announced_and_loaded)
    patch.setitem(ingest_data.TRANSITIONS, "loaded", in_silence)


def load_again_and_again(patch: pytest.MonkeyPatch) -> None:
    """Append the rows of a file in each delivery, and read every row that is there."""

    def every_time(entry: Entry, kind: str, table: Table, ports: Ports) -> None:
        name = staging.table_name(entry.file_id, kind)
        ports.warehouse.ensure([Table(name, table.fields, transient=True)])
        uri = ports.storage.uri(staging._key(entry, kind))
        ports.warehouse.load(uri, name, job_id=uuid4().hex)
        ports.warehouse.execute(sql.append_rows(table, name), {"sequence": entry.sequence})

    patch.setattr(staging, "_append", every_time)


VARIANTS = (keep_no_ledger, announce_before_load, load_again_and_again)


class _WithoutJobs:
    """Run every statement whenever it is asked for."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def execute(self, sql: str, params: Mapping[str, Value], *, job_id: str) -> int:  # noqa: ARG002 left out on purpose
        return self._warehouse.execute(sql, params)


def decide_again_and_again(patch: pytest.MonkeyPatch) -> Decision:
    """Store a revocation in each delivery."""

    def every_time(entry: Entry, state: str, ports: Ports) -> None:
        forgetful: Any = _WithoutJobs(ports.warehouse)
        store_revocation(entry, state, replace(ports, warehouse=forgetful))

    patch.setattr(ingest_data, "store_revocation", every_time)
    return revoke_second


def move_before_the_decision(patch: pytest.MonkeyPatch) -> Decision:
    """Move the ledger's entry before the decision is stored."""

    def moved_first(run: ingest_data._Run, entry: Entry) -> Entry:
        moved = run.ledger.move(entry, "withdrawn")
        store_revocation(entry, "revoked", run.ports)
        announce(entry, run.ports)
        return moved

    patch.setitem(ingest_data.TRANSITIONS, "revoking", moved_first)
    return revoke_second


DECISION_VARIANTS = (decide_again_and_again, move_before_the_decision)
