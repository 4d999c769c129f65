"""The champion's moves: numbered objects, the anchor, damage, the record of the version before."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.test_registry import NOW, promote, register, registry, store
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.champion import GATE, Approval, Champion
from titanic_mlops.errors import Conflict, ModelDamaged, Rejected
from titanic_mlops.ports import ObjectInfo
from titanic_mlops.registry import Registry

__all__ = ["registry", "store"]

FOLDER = "models/titanic/moves/"
STORAGE = Path(__file__).parent / "storage_before_moves"
RECORD = "models/titanic/champion.json"


def read(store: DirectoryStore, number: int) -> bytes:
    found = store.get(f"{FOLDER}{number}.json")
    assert found is not None
    return found[0]


def by_gate(registry: Registry, version: int, *, anchor: int, taken: int = 1) -> Champion:
    approval = Approval(anchor, taken)
    return registry.promote(version, by=GATE, why="better", at=NOW, approval=approval)


def register_all(registry: Registry, count: int) -> None:
    for start in range(count):
        register(registry, float(start))


def old_storage(store: DirectoryStore) -> list[dict[str, Any]]:
    """Copy what the version before wrote: four versions and `champion.json`; return its history.

    It holds two rollbacks, so that versions 3 and 2 are barred, then the promotion of 4.
    """
    for path in STORAGE.rglob("*.*"):
        store.put(path.relative_to(STORAGE).as_posix(), path.read_bytes())
    history: list[dict[str, Any]] = json.loads((STORAGE / RECORD).read_bytes())["history"]
    return history


def test_each_move_is_one_object_that_states_all_of_it(
    registry: Registry, store: DirectoryStore
) -> None:
    register_all(registry, 2)
    promote(registry, 1)
    by_gate(registry, 2, anchor=1, taken=5)
    assert [info.key for info in store.list(FOLDER)] == [f"{FOLDER}1.json", f"{FOLDER}2.json"]
    assert json.loads(read(store, 2)) == {
        "verb": "promote",
        "version": 2,
        "since": NOW.isoformat(),
        "by": GATE,
        "why": "better",
        "expected": 1,
        "anchor": 1,
        "taken": 5,
    }


def test_moves_are_ordered_by_number_beyond_nine(registry: Registry) -> None:
    register_all(registry, 12)
    for version in range(1, 13):
        promote(registry, version)
    assert [move.version for move in registry.champion().history] == list(range(1, 13))
    assert registry.champion().number == 12


def test_of_concurrent_moves_one_wins(registry: Registry) -> None:
    register_all(registry, 9)
    promote(registry, 1)
    before = registry.champion()

    def move(version: int) -> bool:
        try:
            registry.promote(version, by="a test", why="", at=NOW, expected=before)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(move, range(2, 10))) == 1


def test_a_move_whose_answer_was_lost_is_made_once(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client repeats a write that no answer came to, and finds its own object."""
    register_all(registry, 2)
    promote(registry, 1)
    real = DirectoryStore.put

    def twice(self: DirectoryStore, key: str, data: bytes, *, if_version: int) -> ObjectInfo:
        real(self, key, data, if_version=if_version)
        return real(self, key, data, if_version=if_version)

    monkeypatch.setattr(DirectoryStore, "put", twice)
    promote(registry, 2)
    monkeypatch.undo()
    assert [move.version for move in registry.champion().history] == [1, 2]


def test_the_first_champion_is_the_anchor_of_the_gate(registry: Registry) -> None:
    register_all(registry, 3)
    assert by_gate(registry, 1, anchor=1).anchor == 1
    assert by_gate(registry, 2, anchor=1).anchor == 1


def test_a_persons_promotion_becomes_the_anchor(registry: Registry) -> None:
    register_all(registry, 2)
    by_gate(registry, 1, anchor=1)
    promote(registry, 2)
    assert registry.champion().anchor == 2


def test_a_rollback_restores_the_anchor(registry: Registry) -> None:
    register_all(registry, 3)
    by_gate(registry, 1, anchor=1)
    by_gate(registry, 2, anchor=1)
    by_gate(registry, 3, anchor=3)
    assert registry.rollback(by="a test", why="", at=NOW).anchor == 1


def test_a_rollback_restores_the_last_anchor_of_a_version(registry: Registry) -> None:
    """Version 2 served twice: first beside the anchor 1, then as the anchor."""
    register_all(registry, 3)
    by_gate(registry, 1, anchor=1)
    by_gate(registry, 2, anchor=1)
    for version in (1, 2, 3):
        promote(registry, version)
    champion = registry.rollback(by="a test", why="", at=NOW)
    assert (champion.version, champion.anchor) == (2, 2)


def test_a_torn_last_move_loses_neither_history_nor_bars(
    registry: Registry, store: DirectoryStore
) -> None:
    register_all(registry, 4)
    for version in (1, 2, 3):
        promote(registry, version)
    registry.rollback(by="a test", why="", at=NOW)
    promote(registry, 4)
    store.put(f"{FOLDER}5.json", read(store, 5)[:40])

    champion = registry.champion()
    assert (champion.version, champion.barred, champion.number) == (2, (3,), 5)
    (told,) = champion.damaged
    assert told.startswith(f"{FOLDER}5.json is not readable")
    assert registry.rollback(by="a test", why="", at=NOW).version == 1
    promote(registry, 4)
    champion = registry.champion()
    assert (champion.version, champion.number) == (4, 7)
    assert [move.version for move in champion.history] == [1, 2, 3, 2, 1, 4]


@pytest.mark.parametrize("data", [b"", b"[]", b'{"verb": "promote"}', b"\xff"])
def test_bytes_that_are_no_move_are_named(
    registry: Registry, store: DirectoryStore, data: bytes
) -> None:
    register_all(registry, 1)
    promote(registry, 1)
    store.put(f"{FOLDER}1.json", data)
    assert registry.champion().version == 0
    assert "moves/1.json is not readable" in registry.champion().damaged[0]
    with pytest.raises(ModelDamaged, match="None of the 1 moves"):
        registry.champion_model()


@pytest.mark.parametrize("version", [b'"1"', b"true", b"1.0", b"0", b"-1"])
def test_a_move_with_a_version_that_is_none_is_damaged(
    registry: Registry, store: DirectoryStore, version: bytes
) -> None:
    register_all(registry, 1)
    promote(registry, 1)
    store.put(f"{FOLDER}1.json", read(store, 1).replace(b'"version": 1', b'"version": ' + version))
    assert registry.champion().damaged


def test_the_next_move_is_found_by_its_number(registry: Registry, store: DirectoryStore) -> None:
    register_all(registry, 3)
    promote(registry, 1)
    assert registry.moves.newer(1) is None
    promote(registry, 2)
    promote(registry, 3)
    found = registry.moves.newer(1)
    assert found is not None
    assert (found[0], found[1].version) == (3, 3)
    store.put(f"{FOLDER}2.json", b"torn")
    assert registry.moves.newer(1) == found


def test_the_newest_readable_move_says_who_serves(
    registry: Registry, store: DirectoryStore
) -> None:
    register_all(registry, 3)
    for version in (1, 2, 3):
        promote(registry, version)
    assert registry.champion_model()[0] == 3
    store.put(f"{FOLDER}3.json", b"torn")
    newest = registry.moves.newest()
    assert newest is not None
    assert (newest[0], newest[1].version) == (3, 2)
    assert registry.champion_model()[0] == 2


def test_the_record_of_the_version_before_is_read(
    registry: Registry, store: DirectoryStore
) -> None:
    old_storage(store)
    champion = registry.champion()
    assert (champion.version, champion.barred, champion.number) == (4, (3, 2), 6)
    assert [move.anchor for move in champion.history] == [1, 2, 2, 2, 1, 1]
    assert [move.expected for move in champion.history] == [0, 1, 2, 3, 2, 1]
    assert list(store.list(FOLDER)) == []
    newest = registry.moves.newest()
    assert newest is not None
    assert (newest[0], newest[1].version) == (6, 4)


def test_cards_of_the_version_before_are_read(registry: Registry, store: DirectoryStore) -> None:
    old_storage(store)
    assert [card.version for card in registry.cards()] == [1, 2, 3, 4]
    card = registry.card(4)
    assert (card.snapshot.taken, card.key, card.target, card.task) == (0, "", "", "")
    assert registry.champion_model()[0] == 4


def test_the_next_move_turns_the_old_record_into_moves(
    registry: Registry, store: DirectoryStore
) -> None:
    history = old_storage(store)
    assert register(registry, 9.0).version == 5
    before = registry.champion()
    promote(registry, 5)

    champion = registry.champion()
    assert champion.history[:6] == before.history
    assert (champion.version, champion.barred, champion.number) == (5, (3, 2), 7)
    assert [json.loads(read(store, n + 1))["why"] for n in range(6)] == [
        entry["why"] for entry in history
    ]


def test_half_stored_moves_of_the_old_record_are_completed(
    registry: Registry, store: DirectoryStore
) -> None:
    """A crash in between left the last moves: they are stored from the last to the first."""
    old_storage(store)
    register(registry, 9.0)
    promote(registry, 5)
    for number in (1, 2, 7):
        store.delete(f"{FOLDER}{number}.json")
    assert (registry.champion().version, registry.champion().number) == (4, 6)
    promote(registry, 5)
    assert [move.version for move in registry.champion().history] == [1, 2, 3, 2, 1, 4, 5]


@pytest.mark.parametrize("stored", range(6))
def test_a_crash_while_old_moves_are_stored_loses_none(
    registry: Registry, store: DirectoryStore, monkeypatch: pytest.MonkeyPatch, stored: int
) -> None:
    old_storage(store)
    register(registry, 9.0)
    before, left = registry.champion(), iter(range(stored))
    real = DirectoryStore.put

    def crashing(self: DirectoryStore, key: str, data: bytes, *, if_version: int) -> ObjectInfo:
        if next(left, None) is None:
            raise ConnectionError
        return real(self, key, data, if_version=if_version)

    monkeypatch.setattr(DirectoryStore, "put", crashing)
    with pytest.raises(ConnectionError):
        promote(registry, 5)
    monkeypatch.undo()
    assert registry.champion() == before
    promote(registry, 5)
    assert [move.version for move in registry.champion().history] == [1, 2, 3, 2, 1, 4, 5]


def test_a_damaged_old_record_is_named_and_a_person_can_move(
    registry: Registry, store: DirectoryStore
) -> None:
    register_all(registry, 1)
    store.put(RECORD, b"[]")
    champion = registry.champion()
    assert champion.version == 0
    assert "champion.json is not readable" in champion.damaged[0]
    promote(registry, 1)
    assert registry.champion() == Champion(registry.champion().history, 1)


def test_a_rollback_skips_versions_that_were_rolled_back(registry: Registry) -> None:
    register_all(registry, 2)
    promote(registry, 1)
    promote(registry, 2)
    promote(registry, 1)
    assert registry.rollback(by="a test", why="", at=NOW).version == 2
    with pytest.raises(Rejected):
        registry.rollback(by="a test", why="", at=NOW)
