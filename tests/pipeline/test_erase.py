"""An erased record is found nowhere but in landed files, and no later file brings it back."""

from __future__ import annotations

import json
from functools import partial
from itertools import count as count_from
from pathlib import Path

import pyarrow as pa
import pytest

from tests.pipeline.conftest import Drop, Land, Rows, as_csv, count, query, spoil, staged
from tests.pipeline.crashing import AFTER, Crash, CrashAt, InterruptAt, Point, hooked
from tests.shortcuts import trained_once
from titanic_mlops.errors import Conflict, Rejected
from titanic_mlops.learning.stored_snapshot import newest_snapshot, read_table
from titanic_mlops.ledger import Ledger
from titanic_mlops.messages import DeadLetter, Message
from titanic_mlops.pipeline.dead_letters import store_dead_letter
from titanic_mlops.pipeline.erase import Erasure, erase
from titanic_mlops.pipeline.file_decisions import release
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.spool import spool
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.ports import Ports
from titanic_mlops.problems import load_problem
from titanic_mlops.registry import Registry
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import tables_of

CANARY = "Canary, Miss. Yellow"
KEY = "5000"
REQUEST = {"Pclass": 3, "Sex": "male", "Age": 22, "SibSp": 1, "Parch": 0, "Fare": 7.25}


def erased(platform: LocalPlatform, ports: Ports | None = None) -> Erasure:
    return erase(KEY, platform.problem, ports or platform.ports, why="asked", by="tester")


def with_canary(rows: Rows) -> Rows:
    canary = {**rows[0], "PassengerId": KEY, "Name": CANARY, "Ticket": "C 1"}
    return [*rows, canary]


def traces(platform: LocalPlatform) -> list[str]:
    """Return where the canary's name is: tables, views and stored objects."""
    tables = [
        table.name
        for table in tables_of(platform.problem)
        if CANARY in str(query(platform, f"SELECT * FROM {table.name}"))
    ]
    objects = []
    for info in platform.ports.storage.list():
        found = platform.ports.storage.get(info.key)
        assert found is not None
        text = found[0].decode(errors="replace")
        if info.key.endswith(".parquet"):
            text = str(pa.parquet.read_table(pa.BufferReader(found[0])).to_pylist())
        objects += [info.key] if CANARY in text else []
    return tables + objects


def letter(platform: LocalPlatform, record: object) -> DeadLetter:
    data, now = json.dumps(record).encode(), platform.ports.clock.now()
    return DeadLetter(Message("m" * 32, "predictions", data, {}, now), "it failed", 5)


def everywhere(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    """Bring the canary into every table, the spool, staged rows and a snapshot."""
    drop("good.csv", with_canary(table))
    train_model(None, platform.problem, platform.ports)
    drop("bad.csv", [{**row, "Age": "130"} for row in with_canary(table[:10])][-1:])
    unreadable = with_canary(table[:25])
    drop("held.csv", [*spoil(unreadable[:-1], 12), unreadable[-1]])
    for asked in ({"PassengerId": 5000}, {"Name": CANARY}, {"Name": "Other, Mr. O"}):
        platform.predict({**REQUEST, **asked})
    store_dead_letter(letter(platform, {**REQUEST, "Name": CANARY}), platform.ports)
    record = {**REQUEST, "Name": CANARY, "Ticket": "C 1"}
    spool([json.dumps(record).encode(), b'{"Name": "Other"}'], platform.problem, platform.ports)


@pytest.fixture
def full(platform: LocalPlatform, drop: Drop, table: Rows) -> LocalPlatform:
    with trained_once():
        everywhere(platform, drop, table)
    assert len(traces(platform)) >= 8
    return platform


def test_an_erased_record_is_found_nowhere(full: LocalPlatform) -> None:
    erasure = erased(full)

    assert traces(full) == []
    assert (erasure.accepted, erasure.rejected, erasure.staged) == (1, 1, 1)
    assert (erasure.predictions, erasure.dead_letters, len(erasure.snapshots)) == (3, 1, 1)
    names = {file.file for file in erasure.landed}
    assert names == {f"titanic/{name}.csv" for name in ("good", "bad", "held")}
    assert all(file.readable and file.expires is None for file in erasure.landed)
    assert count(full, "predictions") == 1
    assert count(full, "erasures") == 1


def counts(platform: LocalPlatform) -> dict[str, tuple[int, ...]]:
    entries = Ledger(platform.ports.storage, "titanic").entries()
    return {
        one.file.removeprefix("titanic/"): (one.accepted, one.rejected, one.labelled, one.erased)
        for one in entries
    }


def test_the_ledger_counts_the_rows_that_stay(full: LocalPlatform) -> None:
    assert counts(full) == {
        "good.csv": (892, 0, 892, 0),
        "bad.csv": (0, 1, 0, 0),
        "held.csv": (14, 12, 14, 0),
    }
    erased(full)
    erased(full)
    assert counts(full) == {
        "good.csv": (891, 0, 891, 1),
        "bad.csv": (0, 0, 0, 1),
        "held.csv": (13, 12, 13, 1),
    }


def test_a_crash_at_any_call_leaves_the_right_counts(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    for number in count_from(0, 3):
        name = f"f{number}.csv"
        platform.ports.warehouse.execute("DELETE FROM erasures WHERE TRUE")
        drop(name, with_canary(table[number : number + 3]))
        try:
            erased(platform, hooked(platform.ports, CrashAt(Point(number, AFTER))))
        except Crash:
            erased(platform)
        else:
            break
        assert counts(platform)[name] == (3, 0, 3, 1), number
    assert number > 10


def test_a_crash_at_any_call_is_completed_by_a_repetition(
    tmp_path: Path, full: LocalPlatform
) -> None:
    calls = CrashAt()
    other = open_local(Settings(tmp_path / "other"), load_problem("titanic"))
    erased(other, hooked(other.ports, calls))
    for number in count_from(0, 3):
        _bring_back(full)
        try:
            erased(full, hooked(full.ports, CrashAt(Point(number, AFTER))))
        except Crash:
            erased(full)
        else:
            break
        assert traces(full) == [], number
    assert number >= len(calls.calls)


def _bring_back(platform: LocalPlatform) -> None:
    """Insert what the erasure has to remove, past the checks that keep it away."""
    warehouse, now = platform.ports.warehouse, platform.ports.clock.now()
    warehouse.execute("DELETE FROM erasures WHERE TRUE")
    for info in list(platform.ports.storage.list("erasures/")):
        platform.ports.storage.delete(info.key)
    warehouse.execute(
        "INSERT INTO training_data (PassengerId, Pclass, Name, Sex, SibSp, Parch, Ticket, split,"
        " file_id, row_number, generation, ingested_at, record_id) SELECT 5000, 1, @name, 'male',"
        " 0, 0, 'C 1', 'TRAIN', 'f', 1, 1, @now, '5000' FROM (SELECT 1 AS one)",
        {"name": CANARY, "now": now},
    )
    store_dead_letter(letter(platform, {**REQUEST, "Name": CANARY}), platform.ports)
    platform.predict({**REQUEST, "Name": CANARY})
    spool([json.dumps({"Name": CANARY}).encode()], platform.problem, platform.ports)


def test_no_later_file_brings_it_back(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    erased(platform)
    entry = drop("later.csv", with_canary(table[:30]))
    bad = {**with_canary(table[:1])[-1], "Age": "130"}
    drop("bad.csv", [bad])

    assert traces(platform) == []
    assert (entry.accepted, entry.rejected) == (30, 1)
    assert entry.reasons == {"PassengerId:erased": 1}
    rows = query(platform, "SELECT raw, record_id FROM rejected_rows")
    assert rows == [{"raw": "", "record_id": None}] * 2


def test_an_erasure_amid_a_files_load_misses_nothing(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    for number in count_from(0, 3):
        event = land(f"f{number}.csv", as_csv(with_canary(table[number : number + 3])))
        platform.ports.warehouse.execute("DELETE FROM erasures WHERE TRUE")
        meanwhile = InterruptAt(number, partial(erased, platform))  # type: ignore[arg-type]
        try:
            ingest_data(event, platform.problem, hooked(platform.ports, meanwhile))
        except Conflict:  # the message is delivered again
            ingest_data(event, platform.problem, platform.ports)
        if meanwhile.calls <= number:
            break
        assert traces(platform) == [], number
    assert number > 10


def test_a_released_file_brings_no_erased_row(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    held = drop("held.csv", [*spoil(table[:30], 12), with_canary(table[:1])[-1]])
    assert held.state == "held"
    erased(platform)
    release(held.file_id, platform.problem, platform.ports)
    assert traces(platform) == []
    assert staged(platform) == []


def test_card_and_training_follow_a_replaced_snapshot(full: LocalPlatform) -> None:
    card = Registry(full.ports.storage, "titanic").card(1)
    before = read_table(full.problem, full.ports.storage, card.snapshot.sha256)
    erased(full)
    after = read_table(full.problem, full.ports.storage, card.snapshot.sha256)

    assert after.num_rows == before.num_rows - 1
    assert newest_snapshot(full.problem, full.ports.storage, card.snapshot.sha256) != (
        card.snapshot.sha256
    )
    with trained_once():
        training = train_model(None, full.problem, full.ports)
    assert training.version == 2
    assert "damaged" not in training.sentence
    assert "newer rows" not in training.sentence


def test_a_key_that_cannot_be_one_is_refused(platform: LocalPlatform) -> None:
    with pytest.raises(Rejected, match="PassengerId cannot be 'x'"):
        erase("x", platform.problem, platform.ports, why="", by="")
