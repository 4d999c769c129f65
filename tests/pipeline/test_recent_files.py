"""A file is compared with the last loaded files, whose statistics are one small object."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.pipeline.conftest import Drop, Rows, spoil
from titanic_mlops.errors import Conflict
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline.file_decisions import release
from titanic_mlops.pipeline.recent_files import recent_statistics, remember_statistics
from titanic_mlops.platforms.local.platform import LocalPlatform

KEY = "contents/titanic/recent.json"


def kept(platform: LocalPlatform) -> list[str]:
    found = platform.ports.storage.get(KEY)
    return [file["file_id"] for file in json.loads(found[0])["files"]] if found else []


def entry(number: int) -> Entry:
    statistics = {"rows": number, "missing": {}, "categories": {}}
    return Entry(
        *(f"id{number}", "titanic", "landing", f"{number}.csv", number), statistics=statistics
    )


def test_what_is_unusual_against_the_last_files_is_said(drop: Drop, table: Rows) -> None:
    assert drop("first.csv", table[:300]).warnings == ()
    assert drop("second.csv", table[300:600]).warnings == ()
    odd = [{**row, "Age": ""} for row in table[600:]]
    unknown = sum(not row["Age"] for row in table[:600])
    (warning,) = drop("third.csv", odd).warnings
    assert warning == f"Age is missing in 291 of 291 rows; in the last files in {unknown} of 600"


def test_quarters_of_the_real_table_raise_nothing(drop: Drop, table: Rows) -> None:
    assert [drop(f"{i}.csv", table[i::4]).warnings for i in range(4)] == [()] * 4


def test_a_held_file_counts_once_it_is_released(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    first = drop("first.csv", table[:30])
    held = drop("held.csv", spoil(table[30:70], 20))
    assert kept(platform) == [first.file_id]
    release(held.file_id, platform.problem, platform.ports)
    assert kept(platform) == [first.file_id, held.file_id]


def test_the_newest_five_are_kept_whatever_the_order(platform: LocalPlatform) -> None:
    for number in (7, 2, 1, 5, 3, 6, 4, 2):
        remember_statistics(entry(number), platform.ports)
    assert kept(platform) == ["id3", "id4", "id5", "id6", "id7"]
    assert [s["rows"] for s in recent_statistics(entry(6), platform.ports)] == [3, 4, 5]


def test_concurrent_files_are_all_kept(platform: LocalPlatform) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: remember_statistics(entry(n), platform.ports), (1, 2, 3)))
    assert kept(platform) == ["id1", "id2", "id3"]


def test_a_file_that_loses_every_race_is_left_out(
    platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object, **__: object) -> None:
        raise Conflict("Another writer was first.")

    monkeypatch.setattr(platform.ports.storage, "put", lose)
    remember_statistics(entry(1), platform.ports)
    monkeypatch.undo()
    assert recent_statistics(entry(2), platform.ports) == []


def test_a_damaged_object_is_replaced(platform: LocalPlatform) -> None:
    platform.ports.storage.put(KEY, b"{")
    assert recent_statistics(entry(2), platform.ports) == []
    remember_statistics(entry(1), platform.ports)
    assert kept(platform) == ["id1"]


def test_an_entry_without_statistics_is_not_kept(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """The version before wrote entries without labels and statistics; they stay readable."""
    loaded = drop("old.csv", table[:30])
    platform.ports.storage.delete(KEY)
    path = f"ledger/titanic/{loaded.file_id}.json"
    found = platform.ports.storage.get(path)
    document = json.loads(found[0] if found else b"")
    del document["labelled"], document["statistics"]
    platform.ports.storage.put(path, json.dumps(document).encode())
    old = Ledger(platform.ports.storage, "titanic").get(loaded.file_id)
    assert replace(old, stored=0) == replace(loaded, labelled=0, statistics={}, stored=0)
    remember_statistics(old, platform.ports)
    with pytest.raises(Exception, match="recent"):
        platform.ports.storage.get(KEY)
