from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Ledger, file_id_of

EVENT = ObjectFinalized("landing", "titanic/a.csv", 1)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(DirectoryStore(tmp_path), "titanic")


def test_a_file_is_one_generation_of_one_object_in_one_bucket() -> None:
    others = [
        ObjectFinalized("landing", "titanic/a.csv", 2),
        ObjectFinalized("landing", "titanic/b.csv", 1),
        ObjectFinalized("other", "titanic/a.csv", 1),
    ]
    assert len({file_id_of(event) for event in [EVENT, *others]}) == 4
    assert file_id_of(EVENT) == file_id_of(ObjectFinalized("landing", "titanic/a.csv", 1))


def test_an_entry_begins_once(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        entries = list(pool.map(lambda _: ledger.begin(EVENT), range(8)))
    assert len(set(map(str, entries))) == 1
    moved = ledger.move(entries[0], "staged")
    assert ledger.begin(EVENT) == moved


def test_an_entry_moves_only_from_the_version_that_was_read(ledger: Ledger) -> None:
    entry = ledger.begin(EVENT)
    ledger.move(entry, "staged", accepted=3)
    with pytest.raises(Conflict):
        ledger.move(entry, "held")
    assert (ledger.get(entry.file_id).state, ledger.get(entry.file_id).accepted) == ("staged", 3)


def test_an_unknown_file_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        ledger.get("0" * 64)


def test_entries_are_of_one_problem_sorted_by_generation(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    titanic, other = Ledger(store, "titanic"), Ledger(store, "other")
    for generation in (3, 1, 2):
        titanic.begin(ObjectFinalized("landing", "titanic/a.csv", generation))
    other.begin(ObjectFinalized("landing", "other/a.csv", 1))
    assert [entry.generation for entry in titanic.entries()] == [1, 2, 3]


def test_an_unreadable_entry_is_named(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    entry = Ledger(store, "titanic").begin(EVENT)
    store.put(f"ledger/titanic/{entry.file_id}.json", b"{}")
    with pytest.raises(Rejected, match=f"{entry.file_id}.json is not a readable ledger entry"):
        Ledger(store, "titanic").get(entry.file_id)


def test_a_damaged_entry_is_logged_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = DirectoryStore(tmp_path)
    ledger = Ledger(store, "titanic")
    good = ledger.begin(ObjectFinalized("landing", "titanic/good.csv", 2))
    store.put("ledger/titanic/damaged.json", b"{garb")
    assert [entry.file_id for entry in ledger.entries()] == [good.file_id]
    assert "ledger/titanic/damaged.json" in caplog.text
