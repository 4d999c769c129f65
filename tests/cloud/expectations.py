"""Files to land, and what must become of them, on any servers of Google's services."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.wire.bigquery import BigQueryServer
from titanic_mlops.events import LANDING
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.dead_letters import dead_letters
from titanic_mlops.pipeline.predict import predict
from titanic_mlops.platforms import Platform
from titanic_mlops.registry import Registry

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "dataset" / "titanic.csv"
PATIENCE_SECONDS = 120
STATES = {
    "titanic/zip.csv": "quarantined",
    "titanic/headless.csv": "quarantined",
    "titanic/notes.txt": "ignored",
    "titanic/two.csv": "done",
}
SAME_BYTES = Counter(done=1, duplicate=1)  # whichever of the two is read first
TWINS = ("titanic/titanic.csv", "titanic/again.csv")
GARBAGE = b"\x00\xffno notification"
CANARY = "Zanzibar-Canary"
"""Stands for a personal value: it may be in tables, and nowhere else."""


def land_everything(here: Platform, folder: Path) -> None:
    """Land the files, and publish a message that no bucket sends."""
    for name, data in files().items():
        (folder / name).write_bytes(data)
        here.land(folder / name)
    here.ports.bus.publish(LANDING, GARBAGE)


def files() -> dict[str, bytes]:
    """Return the real table, the same bytes again, poison, and a file with a good and a bad row."""
    table = TABLE.read_bytes()
    header, first, *_ = table.decode().splitlines()
    good = f"2001,0,3,{CANARY},male,22,1,0,{CANARY},7.25,{CANARY},S"
    bad = f"2002,{CANARY},9,{CANARY},{CANARY},{CANARY},1,0,{CANARY},7.25,{CANARY},{CANARY}"
    return {
        "titanic.csv": table,
        "again.csv": table,
        "zip.csv": b"PK\x03\x04" + bytes(100),
        "headless.csv": "\n".join([first] * 3).encode(),
        "notes.txt": b"hello",
        "two.csv": f"{header}\n{good}\n{bad}\n".encode(),
    }


def is_settled(here: Platform) -> bool:
    """Return whether every file is final, and the garbage is a dead letter."""
    states = _states(here)
    twins = Counter(states.pop(name, "") for name in TWINS)
    return states == STATES and twins == SAME_BYTES and bool(dead_letters(here.ports))


def assert_accounted_for(here: Platform, warehouse: BigQueryServer) -> None:
    """Hold the ledger, the tables, the champion and the dead letters to what was landed."""
    states = _states(here)
    assert Counter(states.pop(name) for name in TWINS) == SAME_BYTES
    assert states == STATES
    assert list(here.ports.storage.list("staging/")) == []
    counts = "SELECT COUNT(*) AS n, COUNT(DISTINCT PassengerId) AS people FROM training_set"
    assert warehouse.rows(counts) == [{"n": 892, "people": 892}]
    refused = "SELECT row_number, file FROM rejected_rows"
    assert warehouse.rows(refused) == [{"row_number": 2, "file": "titanic/two.csv"}]
    (letter,) = dead_letters(here.ports)
    assert (letter.message.topic, letter.message.data) == (LANDING, GARBAGE)
    assert warehouse.rows(f"SELECT Name FROM training_data WHERE Ticket = '{CANARY}'")
    registry = Registry(here.ports.storage, "titanic")
    versions = {card.version for card in registry.cards()}
    assert registry.champion().version in versions


def assert_no_personal_value(here: Platform, warehouse: BigQueryServer, logged: str) -> None:
    """Look for the canary in logs, ledger, cards, models, history, verdicts and dead letters."""
    assert "titanic/two.csv is announced" in logged  # else nothing was looked at
    assert CANARY not in logged
    for info in here.ports.storage.list():
        if not info.key.startswith("snapshots/"):
            assert CANARY.encode() not in (here.ports.storage.get(info.key) or (b"",))[0], info.key
    for table in ("ingestions", "evaluations", "dead_letters"):
        rows = warehouse.rows(f"SELECT * FROM {table}")
        assert rows
        assert CANARY not in str(rows)


def assert_prediction_is_stored(
    here: Platform, warehouse: BigQueryServer, carry: Callable[[], None] = lambda: None
) -> None:
    """Request a prediction; its record must reach the table, by `carry` where that is needed."""
    asked = {"Pclass": "3", "Sex": "male", "SibSp": 1, "Parch": 0, "Name": CANARY}
    (answered,) = predict(asked, here.problem, here.ports).predictions
    carry()
    found = warehouse.rows("SELECT uuid, model_version FROM predictions")
    assert found == [{"uuid": answered.uuid, "model_version": answered.model_version}]


def eventually(condition: Callable[[], Any]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("the condition did not become true")


def _states(here: Platform) -> dict[str, str]:
    return {entry.file: entry.state for entry in Ledger(here.ports.storage, "titanic").entries()}
