from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from tests.pipeline.conftest import (
    Drop,
    Land,
    Rows,
    announcements,
    as_csv,
    count,
    query,
    spoil,
    staged,
)
from tests.pipeline.crashing import Crash, CrashAt, Point, hooked
from tests.shortcuts import kept_open
from titanic_mlops.errors import EventUnreadable, NotFound, Rejected
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Ledger, file_id_of
from titanic_mlops.pipeline.file_decisions import release
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings


def test_every_row_of_the_real_table_is_accepted_and_has_its_split(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    entry = drop("titanic.csv", table)

    assert (entry.state, entry.accepted, entry.rejected) == ("announced", 891, 0)
    splits = query(platform, "SELECT split, COUNT(*) AS n FROM training_data GROUP BY split")
    assert {row["split"]: row["n"] for row in splits} == {
        "TRAIN": 627,
        "TEST": 198,
        "VALIDATION": 66,
    }


def test_a_rejected_row_keeps_place_raw_text_and_every_reason(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    spoiled = {**table[1], "Pclass": "4", "Embarked": "Newfoundland", "Name": "Doe, Mrs. Jane"}
    entry = drop("titanic.csv", [table[0], spoiled, *table[2:30]])

    assert (entry.accepted, entry.rejected) == (29, 1)
    (row,) = query(platform, "SELECT file, row_number, raw, reasons FROM rejected_rows")
    assert (row["file"], row["row_number"]) == ("titanic/titanic.csv", 2)
    assert row["raw"].startswith('2,1,4,"Doe, Mrs. Jane",female,38')
    assert row["reasons"] == [
        {"field": "Pclass", "rule": "range"},
        {"field": "Embarked", "rule": "category"},
    ]


def test_the_same_event_again_adds_no_row_and_announces_nothing(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    event = land("titanic.csv", as_csv(spoil(table[:30], 1)))
    first = ingest_data(event, platform.problem, platform.ports)
    again = ingest_data(event, platform.problem, platform.ports)

    assert again == first
    assert (count(platform, "training_data"), count(platform, "rejected_rows")) == (29, 1)
    assert announcements(platform) == 1


def test_the_same_bytes_under_another_name_are_a_duplicate(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("january.csv", table[:30])
    again = drop("february.csv", table[:30])

    assert again.state == "duplicate"
    assert "titanic/january.csv" in again.reason
    assert announcements(platform) == 1


def test_a_forced_duplicate_is_loaded(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    drop("january.csv", table[:30])
    again = drop("february.csv", table[:30], forced=True)

    assert again.state == "announced"
    rows = query(platform, "SELECT DISTINCT file_id FROM training_set")
    assert rows == [{"file_id": again.file_id}]


@pytest.mark.parametrize("names", [("a.csv",) * 3, ("a.csv", "a-2.csv", "a.csv")])
def test_a_content_that_comes_back_under_its_name_is_loaded(
    names: tuple[str, ...], platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    other = [{**row, "Age": "33"} for row in table[:30]]
    entries = [
        drop(name, rows) for name, rows in zip(names, (table[:30], other, table[:30]), strict=True)
    ]

    assert [entry.state for entry in entries] == ["announced"] * 3
    ages = query(platform, "SELECT Age FROM training_set ORDER BY PassengerId")
    assert [row["Age"] for row in ages][:2] == [22.0, 38.0]
    assert drop(names[2], table[:30]).state == "duplicate"


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 0, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_a_content_that_came_back_wins_in_any_order_of_events(
    order: tuple[int, ...], platform: LocalPlatform, land: Land, table: Rows
) -> None:
    other = [{**row, "Age": "33"} for row in table[:30]]
    contents = [as_csv(rows) for rows in (table[:30], other, table[:30])]
    events = [land(f"a-{number}.csv", data) for number, data in enumerate(contents)]
    for number in order:
        ingest_data(events[number], platform.problem, platform.ports)
    again = sweep(platform.problem, platform.ports)
    for entry in (entry for entry in again if entry.state == "received"):
        event = ObjectFinalized(entry.bucket, entry.file, entry.generation)
        assert ingest_data(event, platform.problem, platform.ports).state == "announced"

    ages = query(platform, "SELECT Age FROM training_set ORDER BY PassengerId")
    assert [row["Age"] for row in ages][:2] == [22.0, 38.0]
    left = Ledger(platform.ports.storage, "titanic").entries()
    assert not [entry.file for entry in left if entry.state == "received"]


def test_an_event_of_another_bucket_is_refused_naming_both(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    event = replace(land("a.csv", as_csv(table[:5])), bucket="elsewhere")
    with pytest.raises(EventUnreadable, match=f"elsewhere.* {LANDING_BUCKET} only"):
        ingest_data(event, platform.problem, platform.ports)
    assert list(platform.ports.storage.list("ledger/")) == []


def test_a_content_that_a_quarantined_file_followed_is_a_duplicate(
    platform: LocalPlatform, drop: Drop, land: Land, table: Rows
) -> None:
    drop("a.csv", table[:30])
    zipped = ingest_data(land("a.csv", b"PK\x03\x04"), platform.problem, platform.ports)
    assert zipped.state == "quarantined"
    assert drop("a.csv", table[:30]).state == "duplicate"


def test_a_content_that_another_name_followed_is_a_duplicate(drop: Drop, table: Rows) -> None:
    drop("a.csv", table[:30])
    drop("b.csv", table[30:60])
    assert drop("a.csv", table[:30]).state == "duplicate"


def test_more_than_a_fifth_rejected_holds_the_file_unloaded(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    entry = drop("bad.csv", spoil(table[:40], 9))

    assert (entry.state, entry.accepted, entry.rejected) == ("held", 31, 9)
    assert entry.explanation == (
        "9 of 40 rows are rejected, at most 8 may be; nothing is loaded. "
        "Age is 130 in 9 of 40 rows (first: row 1); must be a number from 0 to 120 years."
    )
    assert entry.reasons == {"Age:range": 9}
    assert query(platform, "SELECT reason FROM ingestions") == [{"reason": entry.explanation}]
    assert "130" not in entry.sentence, "logs name no value"
    assert (count(platform, "training_data"), count(platform, "rejected_rows")) == (0, 0)
    assert announcements(platform) == 0


@pytest.mark.parametrize(
    ("rows", "rejected", "state"), [(40, 8, "announced"), (19, 10, "announced"), (20, 10, "held")]
)
def test_a_fifth_exactly_or_a_short_file_is_not_held(
    drop: Drop, table: Rows, rows: int, rejected: int, state: str
) -> None:
    assert drop("some.csv", spoil(table[:rows], rejected)).state == state


def test_more_than_a_twentieth_rejected_loads_with_a_warning(drop: Drop, table: Rows) -> None:
    assert drop("few.csv", spoil(table[:40], 2)).warnings == ()
    entry = drop("some.csv", spoil(table[100:140], 3))
    assert entry.warnings == ("3 of 40 rows are rejected",)
    assert entry.fault == ""  # the ledger holds no value of a row of a file that is loaded


@pytest.mark.parametrize(
    ("name", "data", "state"),
    [
        ("notes.txt", b"x", "ignored"),
        ("empty.csv", b"", "quarantined"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(200), "quarantined"),
        ("other.csv", b"a,b\n1,2\n", "quarantined"),
    ],
)
def test_an_object_that_is_no_table_is_kept_but_not_loaded(
    platform: LocalPlatform, land: Land, name: str, data: bytes, state: str
) -> None:
    event = land(name, data)
    entry = ingest_data(event, platform.problem, platform.ports)

    assert entry.state == state
    assert entry.reason
    with platform.ports.landing.open(event.name, version=event.generation) as kept:
        assert kept.read() == data
    (row,) = query(platform, "SELECT state, reason FROM ingestions")
    assert row == {"state": state, "reason": entry.reason}


def test_a_file_too_large_is_held_and_cannot_be_released(
    platform: LocalPlatform, land: Land
) -> None:
    small = replace(platform.ports, largest_file=9)
    landed = land("large.csv", b"0123456789")
    entry = ingest_data(landed, platform.problem, small)
    assert (entry.state, entry.sha256) == ("held", "")
    assert "more than the 9 bytes" in entry.reason
    with pytest.raises(Rejected, match="parts"):
        release(entry.file_id, platform.problem, small)
    assert ingest_data(land("fits.csv", b"012345678"), platform.problem, small).state != "held"


def test_a_header_without_rows_is_done_without_a_training(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    header = as_csv(table[:1]).split(b"\r\n")[0] + b"\r\n"
    entry = ingest_data(land("header.csv", header), platform.problem, platform.ports)

    assert (entry.state, entry.accepted, entry.rejected) == ("done", 0, 0)
    assert announcements(platform) == 0


def test_a_file_of_rejected_rows_only_is_done_without_a_training(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    entry = drop("bad.csv", spoil(table[:5], 5))

    assert entry.state == "done"
    assert count(platform, "rejected_rows") == 5
    assert announcements(platform) == 0


def test_an_object_replaced_before_it_was_read_is_gone(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    first = land("titanic.csv", as_csv(table[:30]))
    land("titanic.csv", as_csv(table[30:60]))

    assert ingest_data(first, platform.problem, platform.ports).state == "gone"
    assert count(platform, "training_data") == 0


def test_the_result_does_not_depend_on_the_order_of_delivery(tmp_path: Path, table: Rows) -> None:
    """Every order of three files gives the newest features and the newest known label."""
    first, second, third = table[:3]
    versions = [
        as_csv([{**first, "Age": "1", "Survived": "0"}, {**second, "Survived": ""}]),
        as_csv([{**first, "Age": "2", "Survived": ""}, {**second, "Age": "5"}]),
        as_csv([{**first, "Age": "3", "Survived": "1"}, third]),
    ]
    results = []
    for order in permutations(range(3)):
        home = Settings(tmp_path / "".join(map(str, order)))
        with kept_open(home.home / "titanic.duckdb"):
            platform = open_local(home, load_problem("titanic"))
            landed = [platform.ports.landing.put(f"titanic/{i}.csv", versions[i]) for i in range(3)]
            for i in order:
                event = ObjectFinalized(LANDING_BUCKET, landed[i].key, landed[i].version)
                ingest_data(event, platform.problem, platform.ports)
            rows = query(
                platform,
                "SELECT PassengerId, Survived, Age, split, row_number, generation, "
                "label_file_id FROM training_set ORDER BY PassengerId",
            )
            place = {info.version: i for i, info in enumerate(landed)}
            files = {
                file_id_of(ObjectFinalized(LANDING_BUCKET, info.key, info.version)): i
                for i, info in enumerate(landed)
            }
            for row in rows:
                row["generation"] = place[row["generation"]]
                row["label_file_id"] = files[row["label_file_id"]]
            results.append(rows)
    assert results[0][0]["Age"] == 3
    assert [(r["Survived"], r["generation"], r["label_file_id"]) for r in results[0]] == [
        (1, 2, 2),
        (int(second["Survived"]), 1, 1),
        (int(third["Survived"]), 2, 2),
    ]
    assert all(result == results[0] for result in results)


def test_a_missing_label_never_replaces_a_known_one(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("labelled.csv", [{**table[1], "Survived": "1"}])
    drop("newer.csv", [{**table[1], "Survived": "", "Age": "99"}])

    (row,) = query(platform, "SELECT Survived, Age FROM training_set")
    assert row == {"Survived": 1, "Age": 99.0}


def test_concurrent_deliveries_load_the_rows_once(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    event = land("titanic.csv", as_csv(spoil(table[:60], 3)))

    def deliver(_: int) -> str:
        return ingest_data(event, platform.problem, platform.ports).state

    with ThreadPoolExecutor(4) as pool:
        states = set(pool.map(deliver, range(4)))

    assert states == {"announced"}
    assert (count(platform, "training_data"), count(platform, "rejected_rows")) == (57, 3)
    histories = query(platform, "SELECT state FROM ingestions")
    assert histories == [{"state": "loaded"}]


def test_a_file_replaced_by_a_large_one_is_gone_not_too_large(
    platform: LocalPlatform, land: Land
) -> None:
    first = land("a.csv", b"0123456789")
    land("a.csv", b"0123456789" * 9)
    small = replace(platform.ports, largest_file=20)
    assert ingest_data(first, platform.problem, small).state == "gone"


def test_missing_staged_rows_are_an_error_not_an_endless_loop(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    event = land("good.csv", as_csv(table[:5]))
    with pytest.raises(Crash):
        ingest_data(event, platform.problem, hooked(platform.ports, CrashAt(Point(12, "before"))))
    for key in staged(platform):
        platform.ports.storage.delete(key)
    with pytest.raises(NotFound):
        ingest_data(event, platform.problem, platform.ports)
