"""A held file is released or discarded; a file that cannot continue is ended."""

from __future__ import annotations

from dataclasses import replace
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
from tests.pipeline.crashing import AFTER, Crash, CrashAt, InterruptAt, Point, hooked
from titanic_mlops.errors import NotFound, Rejected
from titanic_mlops.ledger import Ledger, file_id_of
from titanic_mlops.pipeline.file_decisions import discard, end_file, release, restore, revoke
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.revocations import revoked_files, store_revocation
from titanic_mlops.pipeline.sweep import sweep
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
        ingest_data(event, platform.problem, hooked(platform.ports, CrashAt(Point(12, "before"))))
    stuck = Ledger(platform.ports.storage, "titanic").get(file_id_of(event))
    assert (stuck.state, bool(staged(platform))) == ("staged", True)
    end_file(stuck.file_id, platform.problem, platform.ports)
    assert staged(platform) == []


def titanic_set(platform: LocalPlatform) -> list[tuple[int, int, float]]:
    """Return the records that a training reads: key, label, age."""
    select = "SELECT PassengerId, Survived, Age FROM training_set ORDER BY PassengerId"
    rows = platform.ports.warehouse.query(select).to_pylist()
    return [(row["PassengerId"], row["Survived"], row["Age"]) for row in rows]


def as_done(platform: LocalPlatform, file_id: str) -> None:
    """End the training of a file without one."""
    ledger = Ledger(platform.ports.storage, "titanic")
    ledger.move(ledger.get(file_id), "done")


def test_a_revoked_files_labels_fall_back(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    drop("first.csv", [{**row, "Survived": "1", "Age": "20"} for row in table[:3]])
    second = drop("second.csv", [{**row, "Survived": "0", "Age": "30"} for row in table[1:4]])
    keys = [int(row["PassengerId"]) for row in table[:4]]
    assert titanic_set(platform) == [
        (keys[0], 1, 20),
        *((key, 0, 30) for key in keys[1:]),
    ]
    by = partial(revoke, second.file_id, platform.problem, platform.ports)
    assert by(why="inverted", by="me").state == "withdrawn"
    assert titanic_set(platform) == [(key, 1, 20) for key in keys[:3]]
    with pytest.raises(Rejected, match="is withdrawn; only a file with loaded rows"):
        by(why="again", by="me")
    announced = announcements(platform)
    as_revoked = Ledger(platform.ports.storage, "titanic")
    as_revoked.move(as_revoked.get(second.file_id), "revoked")
    again = restore(second.file_id, platform.problem, platform.ports, why="it was right", by="me")
    assert (again.state, again.decided_by) == ("announced", "me")
    assert titanic_set(platform)[1:] == [(key, 0, 30) for key in keys[1:]]
    assert announcements(platform) == announced + 1


def test_the_decision_with_the_highest_number_counts(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    entry = drop("one.csv", table[:3])
    later = replace(entry, sequence=9, reason="r", decided_by="me")
    store_revocation(later, "revoked", platform.ports)
    store_revocation(replace(later, sequence=8), "restored", platform.ports)
    assert revoked_files(platform.ports) == {entry.file_id}
    store_revocation(replace(later, sequence=10), "restored", platform.ports)
    assert revoked_files(platform.ports) == frozenset()


def test_the_bytes_of_a_revoked_file_load_again(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    first = drop("first.csv", table[:3])
    revoke(first.file_id, platform.problem, platform.ports, why="wrong", by="me")
    assert drop("again.csv", table[:3]).state == "announced"
    assert len(titanic_set(platform)) == 3


def test_a_record_keeps_the_split_of_its_first_load(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    select = "SELECT PassengerId, split FROM training_set ORDER BY PassengerId"
    drop("first.csv", table[:40])
    before = platform.ports.warehouse.query(select).to_pylist()
    moved = [{**row, "Ticket": f"other {n}"} for n, row in enumerate(table[:40])]
    second = drop("second.csv", moved)
    assert platform.ports.warehouse.query(select).to_pylist() == before
    own = "SELECT COUNT(*) AS n FROM training_data WHERE file_id = @id AND split = 'TEST'"
    assert platform.ports.warehouse.query(own, {"id": second.file_id}).to_pylist() != [{"n": 0}]


def test_a_crash_while_revoking_is_swept(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    entry = drop("one.csv", table[:3])
    for call in count_from():
        crash = CrashAt(Point(call, AFTER))
        try:
            decide = partial(revoke, entry.file_id, platform.problem, hooked(platform.ports, crash))
            decide(why="wrong", by="me")
        except Crash:
            pass
        except Rejected:
            break
        sweep(platform.problem, platform.ports)
        while platform.handle_next():
            pass
        state = Ledger(platform.ports.storage, "titanic").get(entry.file_id).state
        assert (state, len(titanic_set(platform))) in {("done", 3), ("revoked", 0)}
        if state == "revoked":
            break


def test_a_repeated_decision_completes_what_a_crash_left(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    entry = drop("one.csv", table[:3])
    ledger = Ledger(platform.ports.storage, "titanic")
    for state, command, left in (("revoking", revoke, 0), ("restoring", restore, 3)):
        decided = {"sequence": ledger.next_number(), "reason": "first", "decided_by": "me"}
        ledger.move(ledger.get(entry.file_id), state, **decided)
        again = command(entry.file_id, platform.problem, platform.ports, why="second", by="another")
        assert (again.reason, again.decided_by) == ("first", "me")
        assert (again.state, len(titanic_set(platform))) == (
            {"revoking": "withdrawn", "restoring": "announced"}[state],
            left,
        )
