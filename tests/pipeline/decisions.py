"""People's decisions over loaded files and versions, with crashes, and the state at their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from tests.invented_rows import flats
from tests.pipeline.crashing import Crash, CrashAt, InterruptAt, Point, hooked
from tests.pipeline.whole_run import Deliveries, File, NeverQuiet, Run
from tests.pipeline.worlds import World
from titanic_mlops.champion import GATE
from titanic_mlops.errors import Conflict, Rejected
from titanic_mlops.events import IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.pipeline.file_decisions import release, restore, revoke
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.landing import land
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.ports import Ports
from titanic_mlops.registry import Registry

PERSON, WHY = "a person", "for the test"
ROUNDS = 4

Command = Callable[[World, Ports], object]
Recovery = Callable[[Deliveries, Command], None]


def two_files(folder: Path) -> tuple[File, File]:
    """Write 120 flats, and 120 others whose rents fall with the area."""
    rows = flats(240, seed=7)
    wrong = rows[120:].assign(rent=2000 - rows["rent"][120:])
    return written(folder, "right", rows[:120]), written(folder, "wrong", wrong)


def better_files(folder: Path) -> tuple[File, File]:
    """Write 250 flats, too many for a small model, and 300 that teach a better one."""
    rows = flats(550, seed=8)
    return written(folder, "few", rows[:250]), written(folder, "more", rows[250:])


def written(folder: Path, name: str, rows: pd.DataFrame) -> File:
    """Write flats as a file to land."""
    path = folder / f"{name}.csv"
    path.write_text(rows.drop(columns="split").to_csv(index=False), encoding="utf-8")
    return File(path, accepted=len(rows), rejected=0)


def with_a_wrong_champion(world: World, files: tuple[File, File]) -> None:
    """Learn version 1 from the first file; load the second one, and promote version 2, by hand."""
    for file in files:
        Run(world, file=file).forward(world.ports)
    with suppress(Rejected):  # it may not be held
        release(_second(world).file_id, world.problem, world.ports)
    drain(Deliveries(world))
    at = world.ports.clock.now()
    registry(world).promote(2, by=PERSON, why=WHY, at=at)


def with_an_untrained_file(world: World, files: tuple[File, File]) -> None:
    """Learn version 1 from the first file, and load the second one without a training."""
    first, second = files
    Run(world, file=first).forward(world.ports)
    landed = land(second.path, world.problem, world.ports.landing)
    event = ObjectFinalized(world.ports.landing_bucket, landed.key, landed.version)
    ingest_data(event, world.problem, world.ports)


def train_second(world: World, ports: Ports) -> None:
    """Run the training that the second file asks for."""
    entry = _second(world)
    counts = entry.accepted, entry.rejected
    event = IngestionComplete(entry.problem, entry.file_id, entry.file, *counts)
    train_model(event, world.problem, ports)


def revoke_second(world: World, ports: Ports) -> None:
    """Take the second file back."""
    revoke(_second(world).file_id, world.problem, ports, why=WHY, by=PERSON)


def restore_second(world: World, ports: Ports) -> None:
    """Let the second file count again."""
    restore(_second(world).file_id, world.problem, ports, why=WHY, by=PERSON)


def promote_first(world: World, ports: Ports) -> None:
    """Promote version 1 by a person."""
    at = ports.clock.now()
    Registry(ports.storage, world.problem.name).promote(1, by=PERSON, why=WHY, at=at)


def roll_back(world: World, ports: Ports) -> None:
    """Roll back from version 2."""
    at = ports.clock.now()
    Registry(ports.storage, world.problem.name).rollback(by=PERSON, why=WHY, at=at, serving=2)


def decided(world: World, command: Command) -> list[str]:
    """Run a command and what follows from it; return the calls in order."""
    counting, run = CrashAt(), Deliveries(world)
    _forward(run, command, hooked(world.ports, counting))
    return counting.calls


def calls_of(world: World, command: Command) -> list[str]:
    """Run a command alone; return its calls in order."""
    counting = CrashAt()
    command(world, hooked(world.ports, counting))
    return counting.calls


def crashed(world: World, command: Command, point: Point, recover: Recovery) -> None:
    """Crash at a point of a decision, and recover."""
    run = Deliveries(world)
    try:
        _forward(run, command, hooked(world.ports, CrashAt(point)))
    except Crash:
        world.restart()
        recover(run, command)
    else:
        raise NeverQuiet(f"the run has no point {point}")


def raced(world: World, command: Command, number: int, other: Command) -> list[str]:
    """Run the other command before call `number` of a command; return which were carried out."""
    done = list[str]()

    def attempt(one: Command, ports: Ports) -> None:
        with suppress(Conflict, Rejected):
            one(world, ports)
            done.append(one.__name__)

    twice = InterruptAt(number, lambda: attempt(other, world.ports))
    attempt(command, hooked(world.ports, twice))
    if twice.calls <= number:
        raise NeverQuiet(f"the run has no call {number}")
    drain(Deliveries(world))
    return done


def repeat(run: Deliveries, command: Command) -> None:
    """Repeat the command; it is refused if it took effect."""
    with suppress(Rejected):
        command(run.world, run.world.ports)
    drain(run)


def redeliver(run: Deliveries, command: Command) -> None:
    """Redeliver messages and resume unfinished files, then repeat the command."""
    drain(run)
    repeat(run, command)


def drain(run: Deliveries) -> None:
    """Process messages and resume unfinished files until there are none."""
    for _ in range(ROUNDS):
        run.work_off(lambda message: run.step(message, run.world.ports))
        if not sweep(run.world.problem, run.world.ports):
            return
    raise NeverQuiet(f"after {ROUNDS} sweeps there are unfinished files")


def _forward(run: Deliveries, command: Command, ports: Ports) -> None:
    command(run.world, ports)
    run.work_off(lambda message: run.step(message, ports))


def state(world: World) -> dict[str, object]:
    """Return all that a crash may not change; versions are named by their models."""
    champion, storage = registry(world).champion(), world.ports.storage
    names = {card.version: card.model["model.npz"].sha256 for card in registry(world).cards()}
    moves = [
        (move.verb, names[move.version], names.get(move.expected), names[move.anchor], move.by)
        for move in champion.history
    ]
    return {
        "files": [_told(entry) for entry in entries(world)],
        "decisions": query(
            world,
            "SELECT file_id, state, why, decided_by FROM revocations ORDER BY sequence",
        ),
        "history": query(
            world,
            "SELECT file_id, state, reason FROM ingestions ORDER BY file_id, state, reason",
        ),
        "read": query(world, f"SELECT * FROM training_set ORDER BY {world.problem.key}"),
        "moves": moves,
        "promotions": query(
            world,
            "SELECT sentence FROM evaluations WHERE promoted ORDER BY sentence",
        ),
        "staged": [info.key for info in storage.list("staging/")],
        "staging": [name for name in world.tables() if name.startswith("staging")],
        "dead letters": world.given_up(),
    }


def faults(world: World) -> Iterator[str]:
    """Yield what is wrong with a state by itself."""
    champion = registry(world).champion()
    numbers = sorted(
        int(info.key.split("/")[-1].removesuffix(".json"))
        for info in world.ports.storage.list(f"models/{world.problem.name}/moves/")
    )
    if champion.damaged or numbers != list(range(1, len(numbers) + 1)):
        yield f"moves are missing or damaged: {numbers}, {champion.damaged}"
    served = [move.version for move in champion.history]
    if [move.expected for move in champion.history] != [0, *served[:-1]]:
        yield "a move does not follow from the one before"
    by_gate = [move.why for move in champion.history if move.by == GATE]
    kept = query(world, "SELECT sentence FROM evaluations WHERE promoted")
    if sorted(by_gate) != sorted(row["sentence"] for row in kept):
        yield f"the gate moved {by_gate}, verdicts say {kept}"
    registry(world).load(champion.version)  # raises when a sha256 differs
    rows = query(world, "SELECT file_id, sequence FROM revocations ORDER BY sequence")
    if len({row["sequence"] for row in rows}) != len(rows):
        yield "a decision is stored twice"
    newest = {row["file_id"]: row["sequence"] for row in rows}
    for entry in entries(world):
        if entry.sequence != newest.get(entry.file_id, entry.sequence):
            yield f"the ledger names decision {entry.sequence}, the table {newest}"


def registry(world: World) -> Registry:
    """Return the versions and moves of a world."""
    return Registry(world.ports.storage, world.problem.name)


def entries(world: World) -> list[Entry]:
    """Return the ledger's entries, oldest first."""
    return list(Ledger(world.ports.storage, world.problem.name).entries())


def query(world: World, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a SELECT."""
    rows: list[dict[str, Any]] = world.ports.warehouse.query(sql).to_pylist()
    return rows


def _second(world: World) -> Entry:
    return entries(world)[-1]


def _told(entry: Entry) -> dict[str, object]:
    names = ("file", "state", "accepted", "rejected", "reason", "decided_by", "trusted", "forced")
    return {name: getattr(entry, name) for name in names}
