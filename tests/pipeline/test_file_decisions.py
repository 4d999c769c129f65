"""A held file is released or discarded; a file that cannot continue is ended."""

from __future__ import annotations

from functools import partial
from itertools import count as count_from

import pytest

from tests.pipeline.conftest import (
    Drop,
    Land,
    Rows,
    announcements,
    as_csv,
    count,
    spoil,
    staged,
)
from tests.pipeline.crashing import Crash, CrashAt, InterruptAt, Point, hooked
from titanic_mlops.errors import NotFound, Rejected
from titanic_mlops.ledger import Ledger, file_id_of
from titanic_mlops.pipeline.file_decisions import discard, end_file, release
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.platforms.local.platform import LocalPlatform


def test_a_released_file_is_loaded_and_announced(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    held = drop("bad.csv", spoil(table[:40], 20))
    entry = release(held.file_id, platform.problem, platform.ports)

    assert entry.state == "announced"
    assert (count(platform, "training_data"), count(platform, "rejected_rows")) == (20, 20)
    assert announcements(platform) == 1


def test_a_discarded_file_may_be_uploaded_again(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    held = drop("bad.csv", spoil(table[:40], 20))
    assert discard(held.file_id, platform.problem, platform.ports).state == "quarantined"

    assert count(platform, "training_data") == 0
    assert drop("again.csv", spoil(table[:40], 20)).state == "held"


def test_only_a_held_file_can_be_released(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    entry = drop("good.csv", table[:30])
    with pytest.raises(Rejected, match="is announced, not held"):
        release(entry.file_id, platform.problem, platform.ports)
    with pytest.raises(NotFound):
        release("0" * 64, platform.problem, platform.ports)


def test_a_held_file_without_readable_rows_cannot_be_released(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    event = land("semicolons.csv", as_csv(table[:30]).replace(b",", b";"))
    entry = ingest_data(event, platform.problem, platform.ports)
    assert entry.state == "held"
    with pytest.raises(Rejected, match="semicolon"):
        release(entry.file_id, platform.problem, platform.ports)
    assert Ledger(platform.ports.storage, "titanic").get(entry.file_id).state == "held"


def test_a_held_file_keeps_its_rows_through_a_second_delivery(
    platform: LocalPlatform, land: Land, table: Rows
) -> None:
    for number in count_from(0):
        event = land(f"bad{number}.csv", as_csv(spoil(table[number : number + 40], 20)))
        again = partial(ingest_data, event, platform.problem, platform.ports)
        twice = InterruptAt(number, again)  # type: ignore[arg-type] # its answer is not needed
        entry = ingest_data(event, platform.problem, hooked(platform.ports, twice))
        released = release(entry.file_id, platform.problem, platform.ports)
        assert (entry.state, released.state) == ("held", "announced"), number
        if twice.calls <= number:
            break
    assert number > 5
    assert staged(platform) == []


def test_files_without_rows_or_ended_leave_nothing_staged(
    platform: LocalPlatform, land: Land, drop: Drop, table: Rows
) -> None:
    header = as_csv(table[:1]).split(b"\r\n")[0]
    ingest_data(land("header.csv", header), platform.problem, platform.ports)
    discarded = drop("bad.csv", spoil(table[:40], 20))
    discard(discarded.file_id, platform.problem, platform.ports)
    event = land("good.csv", as_csv(table[:5]))
    with pytest.raises(Crash):
        ingest_data(event, platform.problem, hooked(platform.ports, CrashAt(Point(10, "before"))))
    stuck = Ledger(platform.ports.storage, "titanic").get(file_id_of(event))
    assert (stuck.state, bool(staged(platform))) == ("staged", True)
    end_file(stuck.file_id, platform.problem, platform.ports)
    assert staged(platform) == []
