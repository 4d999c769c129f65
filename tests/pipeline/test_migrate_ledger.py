"""The ledger of a version that kept the entries of all problems in one folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import Unavailable
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline.migrate_ledger import move_entries
from titanic_mlops.ports import ObjectInfo, ObjectStore
from titanic_mlops.problems.base import Problem


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


def former(store: ObjectStore, problem: str, number: int) -> Entry:
    """Begin a file's entry, and put it where the version before kept it."""
    landed = ObjectFinalized("landing", f"{problem}/{number}.csv", number)
    entry = Ledger(store, problem).begin(landed)
    key = f"ledger/{problem}/{entry.file_id}.json"
    found = store.get(key)
    assert found is not None
    store.put(f"ledger/{entry.file_id}.json", found[0])
    store.delete(key)
    return entry


def names(store: ObjectStore, problem: str) -> list[str]:
    return [entry.file for entry in Ledger(store, problem).entries()]


def test_each_problem_takes_its_own_entries(store: DirectoryStore, titanic: Problem) -> None:
    for number in (1, 2):
        former(store, "titanic", number)
    former(store, "flats", 3)
    store.put("ledger/damaged.json", b"{garb")
    assert names(store, "titanic") == []
    assert move_entries(titanic, store) == 2
    assert names(store, "titanic") == ["titanic/1.csv", "titanic/2.csv"]
    assert move_entries(FLATS, store) == 1
    assert names(store, "flats") == ["flats/3.csv"]
    left = [info.key for info in store.list("ledger/") if info.key.count("/") == 1]
    assert left == ["ledger/damaged.json"]


def test_a_moved_entry_can_go_on(store: DirectoryStore, titanic: Problem) -> None:
    entry = former(store, "titanic", 1)
    move_entries(titanic, store)
    ledger = Ledger(store, "titanic")
    moved = ledger.move(ledger.get(entry.file_id), "staged", accepted=5)
    assert (moved.state, ledger.get(entry.file_id).accepted) == ("staged", 5)


def test_a_crash_between_copy_and_deletion_loses_no_state(
    store: DirectoryStore, titanic: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = former(store, "titanic", 1)

    def crash(key: str, *, if_version: int | None = None) -> None:
        raise Unavailable(f"{key} cannot be deleted: {if_version}.")

    with monkeypatch.context() as patch:
        patch.setattr(store, "delete", crash)
        with pytest.raises(Unavailable):
            move_entries(titanic, store)
    ledger = Ledger(store, "titanic")
    ledger.move(ledger.get(entry.file_id), "quarantined")
    move_entries(titanic, store)
    assert ledger.get(entry.file_id).state == "quarantined"
    assert [info.key for info in store.list("ledger/")] == [f"ledger/titanic/{entry.file_id}.json"]


def test_a_migrated_ledger_is_not_listed_again(
    store: DirectoryStore, titanic: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_entries(titanic, store)
    listed: list[str] = []

    def note(prefix: str = "") -> list[ObjectInfo]:
        listed.append(prefix)
        return []

    monkeypatch.setattr(store, "list", note)
    assert move_entries(titanic, store) == 0
    assert listed == []
