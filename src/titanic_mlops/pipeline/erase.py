"""Erase a record: its rows leave every table and object, and later files bring none back.

The erasure is remembered first, and the rows by which the person is recognized go last. So a
crash anywhere is harmless: a repetition completes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from titanic_mlops.errors import Rejected, SnapshotDamaged
from titanic_mlops.ingestion.identity import record_id_of
from titanic_mlops.learning.stored_snapshot import erase_from_snapshot, snapshots
from titanic_mlops.pipeline import erased_counts, erased_messages, erased_staging
from titanic_mlops.pipeline.erasures import Erased, remember_erasure
from titanic_mlops.pipeline.landed_search import LandedFile, search_landed
from titanic_mlops.pipeline.person import Person, person_of
from titanic_mlops.ports import Ports, Value
from titanic_mlops.problems.base import Problem, Scalar
from titanic_mlops.tables import erasures as sql


@dataclass(frozen=True, slots=True)
class StillHeld:
    """A landed file that holds the record; `expires` is None if only a person deletes it.

    `readable` is False if the file is no table, so that its rows are not known.
    """

    file: str
    expires: date | None
    readable: bool


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was removed now; a repetition finds nothing more. `snapshots` maps old to new sha256."""

    accepted: int
    rejected: int
    predictions: int
    dead_letters: int
    staged: int
    snapshots: dict[str, str]
    damaged: tuple[str, ...]
    landed: tuple[StillHeld, ...]


def erase(key: str, problem: Problem, ports: Ports, *, why: str, by: str) -> Erasure:
    """Erase the record with this key, as text.

    Raises:
        Rejected: the text is no value of the key column, or there is none.
    """
    if not problem.key:
        raise Rejected(
            f"{problem.name} declares no key, so no record can be named; revoke the file that "
            "holds it."
        )
    column = problem.by_name[problem.key]
    record_id = record_id_of(column, key)
    if record_id is None:
        raise Rejected(f"{problem.key} cannot be {key!r}; give the key of one record.")
    asked: dict[str, Value] = {
        "record_id": record_id,
        "key": int(record_id) if column.type is int else record_id,
    }
    erased = remember_erasure(record_id, problem, ports, why=why, by=by)
    landed = tuple(search_landed(record_id, problem, ports))
    person = _person(record_id, asked, landed, problem, ports)
    predictions = erased_messages.delete_predictions(person, asked, ports)
    dead_letters = erased_messages.delete_dead_letters(person, ports)
    rejected = _delete_rejected(person, asked, landed, ports)
    staged = erased_staging.delete_staged(person, erased, problem, ports)
    replaced, damaged = _replace_snapshots(erased, problem, ports)
    erased_counts.count_accepted_that_stay(asked, problem, ports)
    return Erasure(
        accepted=ports.warehouse.execute(sql.delete_accepted(problem), asked),
        rejected=rejected,
        predictions=predictions,
        dead_letters=dead_letters,
        staged=staged,
        snapshots=replaced,
        damaged=damaged,
        landed=tuple(_still_held(landed, ports)),
    )


def _person(
    record_id: str,
    asked: dict[str, Value],
    landed: tuple[LandedFile, ...],
    problem: Problem,
    ports: Ports,
) -> Person:
    """Return the person with the values of accepted, staged and landed rows."""
    rows: list[dict[str, Scalar]] = []
    rows += ports.warehouse.query(sql.personal_values(problem), asked).to_pylist()
    rows += erased_staging.personal_values(record_id, problem, ports)
    rows += [dict(row) for file in landed for row in file.people]
    return person_of(problem, record_id, rows)


def _delete_rejected(
    person: Person, asked: dict[str, Value], landed: tuple[LandedFile, ...], ports: Ports
) -> int:
    """Delete rejected rows, those whose key was not kept or is not readable too."""
    places = {(file.file_id, number) for file in landed for number in file.row_numbers}
    with_key = ports.warehouse.query(sql.REJECTED_OF_RECORD, asked).to_pylist()
    without_key = [
        row
        for row in ports.warehouse.query(sql.REJECTED_WITHOUT_KEY).to_pylist()
        if (row["file_id"], row["row_number"]) in places or person.is_in(row["raw"])
    ]
    gone = [(row["file_id"], row["row_number"]) for row in (*with_key, *without_key)]
    erased_counts.count_rejected_that_stay(gone, person.problem, ports)
    count = ports.warehouse.execute(sql.DELETE_REJECTED, asked)
    for row in without_key:
        place: dict[str, Value] = {name: row[name] for name in ("file_id", "row_number")}
        count += ports.warehouse.execute(sql.DELETE_REJECTED_ROW, place)
    return count


def _replace_snapshots(
    erased: Erased, problem: Problem, ports: Ports
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the snapshots that were replaced, and a sentence on each that cannot be read."""
    replaced, damaged = {}, []
    for digest in list(snapshots(problem, ports.storage)):
        try:
            new = erase_from_snapshot(
                problem, ports.storage, digest, erased.holds, at=ports.clock.now()
            )
        except SnapshotDamaged as error:
            damaged.append(error.detail)
            continue
        if new:
            replaced[digest] = new
    return replaced, tuple(damaged)


def _still_held(landed: tuple[LandedFile, ...], ports: Ports) -> list[StillHeld]:
    rows = ports.warehouse.query(sql.FIRST_STATES).to_pylist()
    since = {row["file_id"]: row["entered_at"].date() for row in rows}

    def expires(file: LandedFile) -> date | None:
        if ports.landed_days is None:
            return None
        # A file that is not read yet is a day old at most.
        first: date = since.get(file.file_id, ports.clock.now().date())
        return first + timedelta(days=ports.landed_days)

    return [StillHeld(file.file, expires(file), file.readable) for file in landed]
