"""One landed file on its way through both event functions, in every form an event may have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.functions.conftest import (
    LANDINGS,
    MESSAGES,
    Form,
    finalized,
    push,
)
from titanic_mlops.events import INGESTION_COMPLETE, IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline.dead_letters import dead_letters
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.registry import Registry

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
FEW = b"".join(TABLE.read_bytes().splitlines(keepends=True)[:9])
ROWS = 8

pytestmark = pytest.mark.usefixtures("open_tables", "known_models")

Land = Callable[[str, bytes], ObjectFinalized]
Serve = Callable[[str], FlaskClient]


def entry(platform: LocalPlatform) -> Entry:
    (found,) = Ledger(platform.ports.storage, platform.problem.name).entries()
    return found


def count(platform: LocalPlatform, table: str) -> int:
    (row,) = platform.ports.warehouse.query(f"SELECT COUNT(*) AS n FROM {table}").to_pylist()
    return int(row["n"])


def facts(platform: LocalPlatform) -> object:
    """Return all that a second delivery may not change."""
    registry = Registry(platform.ports.storage, platform.problem.name)
    return (
        entry(platform),
        [count(platform, table) for table in ("training_data", "rejected_rows", "ingestions")],
        platform.queue.depth(),
        registry.champion(),
        [card.version for card in registry.cards()],
        dead_letters(platform.ports),
    )


@pytest.mark.parametrize("form", LANDINGS)
def test_every_form_of_a_landing_event_loads_the_file_once(
    form: str, ingest_data: FlaskClient, platform: LocalPlatform, land: Land
) -> None:
    event = land("some.csv", FEW)
    assert LANDINGS[form](ingest_data, event, "1").status_code == 200
    assert (entry(platform).state, count(platform, "training_data")) == ("announced", ROWS)
    assert platform.queue.depth([INGESTION_COMPLETE]) == 1

    before = facts(platform)
    for number, again in enumerate(LANDINGS.values()):
        for name in ("1", f"other {number}"):
            assert again(ingest_data, event, name).status_code == 200
    assert facts(platform) == before
    assert dead_letters(platform.ports) == []


@pytest.mark.parametrize("form", MESSAGES)
def test_every_form_of_an_ingestion_event_ends_its_file(
    form: Form, serve: Serve, platform: LocalPlatform, land: Land
) -> None:
    finalized(serve("ingest_data"), land("some.csv", FEW), "1")
    delivery = platform.queue.lease([INGESTION_COMPLETE])
    assert delivery is not None
    told = delivery.message
    train_model = serve("train_model")
    answer = form(train_model, told.data, told.attributes, INGESTION_COMPLETE, told.id)
    assert (answer.status_code, entry(platform).state) == (200, "done")
    assert dead_letters(platform.ports) == []


def test_repeated_events_of_a_champions_file_change_nothing(
    serve: Serve, platform: LocalPlatform, land: Land
) -> None:
    ingest_data, event = serve("ingest_data"), land("titanic.csv", TABLE.read_bytes())
    assert finalized(ingest_data, event, "1").status_code == 200
    delivery = platform.queue.lease([INGESTION_COMPLETE])
    assert delivery is not None
    told = delivery.message
    assert IngestionComplete.from_bytes(told.data).accepted == 891
    platform.queue.acknowledge(delivery)
    train_model = serve("train_model")
    assert push(train_model, told.data, told.attributes, told.topic, told.id).status_code == 200
    assert entry(platform).state == "done"
    champion = Registry(platform.ports.storage, "titanic").champion()
    assert [(move.version, move.by) for move in champion.history] == [(1, "the gate")]

    before = facts(platform)
    for form in MESSAGES:
        assert form(train_model, told.data, told.attributes, told.topic, told.id).status_code == 200
    for tell in LANDINGS.values():
        assert tell(ingest_data, event, "2").status_code == 200
    assert facts(platform) == before


def test_a_file_of_any_unicode_name_is_found_by_its_event(
    ingest_data: FlaskClient, platform: LocalPlatform, land: Land
) -> None:
    event = land("Größe 船 🚢 100% #1?.csv", FEW)
    for tell in LANDINGS.values():
        assert tell(ingest_data, event, "1").status_code == 200
    assert (entry(platform).file, entry(platform).state) == (event.name, "announced")
