"""A run from a landed file to a champion, with crashes, and the invariants at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.invented_rows import flats
from tests.pipeline.crashing import Crash, CrashAt, InterruptAt, Point, hooked
from tests.pipeline.worlds import World
from titanic_mlops.errors import TitanicMlopsError, worth_redelivery
from titanic_mlops.events import LANDING, IngestionComplete, ObjectFinalized
from titanic_mlops.ledger import FINAL, Entry, Ledger
from titanic_mlops.messages import Message
from titanic_mlops.pipeline import ingest_data, train_model
from titanic_mlops.pipeline.landing import land
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.ports import Ports
from titanic_mlops.registry import Registry

ROUNDS, DELIVERIES = 3, 5


@dataclass(frozen=True)
class File:
    """A file to land, and how many of its rows must be accepted and rejected."""

    path: Path
    accepted: int
    rejected: int

    @property
    def digest(self) -> str:
        return sha256(self.path.read_bytes()).hexdigest()


def flats_file(folder: Path) -> File:
    """Write 120 flats that a model can learn from, and one whose heating is invalid."""
    rows = flats(120, seed=7).drop(columns="split").to_csv(index=False)
    path = folder / "flats.csv"
    path.write_text(f"{rows}flat x,house x,50,1,coal,quiet,500\n", encoding="utf-8")
    return File(path, accepted=120, rejected=1)


class NeverQuiet(Exception):
    """Deliveries or announcements do not end."""


@dataclass
class Deliveries:
    """The messages of one world, and which files' announcements were heard."""

    world: World
    heard: set[str] = field(default_factory=set)

    def work_off(self, deliver: Callable[[Message], None]) -> None:
        """Deliver pending messages until there are none; redeliver one whose step lost a race."""
        tried: Counter[str] = Counter()
        while message := self.world.take():
            tried[message.id] += 1
            try:
                deliver(message)
            except TitanicMlopsError as error:
                if not worth_redelivery(error) or tried[message.id] == DELIVERIES:
                    raise
                self.world.restart()
            else:
                self.world.acknowledge(message)

    def step(self, message: Message, ports: Ports) -> None:
        """Run the step that a message asks for."""
        if message.topic == LANDING:
            event = ObjectFinalized.from_attributes(message.attributes)
            ingest_data.ingest_data(event, self.world.problem, ports)
        else:
            complete = IngestionComplete.from_bytes(message.data)
            self.heard.add(complete.batch)
            train_model.train_model(complete, self.world.problem, ports)


@dataclass
class Run(Deliveries):
    """One file in one world."""

    file: File = field(kw_only=True)
    landed: bool = False

    def forward(self, ports: Ports) -> None:
        """Land the file, unless that is known to be done, and process all messages."""
        if not self.landed:
            info = land(self.file.path, self.world.problem, ports.landing)
            self.world.tell(info, ports)
            self.landed = True
        self.work_off(lambda message: self.step(message, ports))

    def recover(self) -> None:
        """Restart after a crash until no message is pending and no file is unfinished."""
        self.world.restart()
        for _ in range(ROUNDS):
            self.forward(self.world.ports)
            if not sweep(self.world.problem, self.world.ports):
                return
        raise NeverQuiet(f"after {ROUNDS} sweeps there are unfinished files")


def undisturbed(world: World, file: File) -> list[str]:
    """Run without a crash; return the calls in order."""
    counting, run = CrashAt(), Run(world, file=file)
    run.forward(hooked(world.ports, counting))
    assert list(violations(run)) == []
    return counting.calls


def crashed(world: World, file: File, point: Point) -> list[str]:
    """Crash at a point and recover; return the violations."""
    run = Run(world, file=file)
    try:
        run.forward(hooked(world.ports, CrashAt(point)))
    except Crash:
        return _judged(run, run.recover)
    return [f"the run has no point {point}"]


def interleaved(world: World, file: File, number: int) -> list[str]:
    """Before call `number`, deliver the message in progress a second time; return violations."""
    run, current = Run(world, file=file), list[Message]()
    twice = InterruptAt(number, lambda: run.step(current[0], world.ports))
    ports = hooked(world.ports, twice)

    def deliver(message: Message) -> None:
        current[:] = [message]
        run.step(message, ports)

    def forward() -> None:
        info = land(file.path, world.problem, world.ports.landing)
        world.tell(info, world.ports)
        run.landed = True
        run.work_off(deliver)
        if twice.calls <= number:
            raise NeverQuiet(f"the run has no call {number}")
        if sweep(world.problem, world.ports):
            raise NeverQuiet("a file is unfinished although nothing crashed")

    return _judged(run, forward)


def _judged(run: Run, act: Callable[[], None]) -> list[str]:
    try:
        act()
        return list(violations(run))
    except Exception as error:  # noqa: BLE001 any exception is the violation
        return [f"{type(error).__name__}: {error}"]


def violations(run: Run) -> Iterator[str]:
    """Yield each violated invariant once no message is pending."""
    entries = list(Ledger(run.world.ports.storage, run.world.problem.name).entries())
    yield from _files(run, entries)
    yield from _rows(run)
    yield from _champion(run, entries)
    if left := [name for name in run.world.tables() if name.startswith("staging")]:
        yield f"staging tables are left: {left}"
    if kept := [info.key for info in run.world.ports.storage.list("staging/")]:
        yield f"staged objects are left: {kept}"
    if run.world.given_up() or run.world.take():
        yield "messages are pending or are dead letters"


def _files(run: Run, entries: list[Entry]) -> Iterator[str]:
    landing = run.world.ports.landing
    kept = [found[0] for info in landing.list() if (found := landing.get(info.key))]
    if kept != [run.file.path.read_bytes()]:
        yield "the landed object is not there, byte for byte"
    if unfinished := [entry.state for entry in entries if entry.state not in FINAL]:
        yield f"entries are not final: {unfinished}"
    loaded = [entry for entry in entries if entry.state == "done"]
    if [(e.sha256, e.accepted, e.rejected) for e in loaded] != [
        (run.file.digest, run.file.accepted, run.file.rejected)
    ]:
        yield f"the file is not loaded once: {[entry.state for entry in entries]}"
    if unheard := {entry.file_id for entry in loaded} - run.heard:
        yield f"{len(unheard)} loaded files were never announced"
    history = _query(run, "SELECT file_id, state FROM ingestions")
    said = Counter((row["file_id"], row["state"]) for row in history)
    if said and max(said.values()) > 1:
        yield "the history has a state twice"
    if missing := [entry.state for entry in entries if not said[entry.file_id, entry.state]]:
        yield f"the history lacks {missing}"


def _rows(run: Run) -> Iterator[str]:
    key = run.world.problem.key
    accepted = _query(run, "SELECT file_id, row_number FROM training_data")
    rejected = _query(run, "SELECT file, row_number FROM rejected_rows")
    read = _query(run, f"SELECT {key} FROM training_set")
    if (len(accepted), len(rejected)) != (run.file.accepted, run.file.rejected):
        yield f"{len(accepted)} rows accepted, {len(rejected)} rejected"
    if len(read) != run.file.accepted:
        yield f"{len(read)} records can be read"
    places = [(row["file_id"], row["row_number"]) for row in accepted]
    set_aside = [(row["file"], row["row_number"]) for row in rejected]
    for name, found in (("training_data", places), ("rejected_rows", set_aside)):
        if len(set(found)) != len(found):
            yield f"{name} holds a row twice"


def _champion(run: Run, entries: list[Entry]) -> Iterator[str]:
    registry = Registry(run.world.ports.storage, run.world.problem.name)
    champion = registry.champion()
    if not champion.version:
        yield "there is no champion"
        return
    registry.load(champion.version)  # raises when a sha256 differs
    card = registry.card(champion.version)
    loaded = {entry.file_id: entry.accepted for entry in entries if entry.state == "done"}
    if card.snapshot.files != loaded:
        yield f"the champion has not learned from all that is loaded: {card.snapshot.files}"
    if champion.damaged or champion.number != len(champion.history):
        yield f"moves are missing or damaged: {champion.number} of them, {champion.damaged}"
    if [move.expected for move in champion.history] != [0, *(m.version for m in champion.history)][
        :-1
    ]:
        yield "a move does not follow from the one before"
    moved = [move.version for move in champion.history]
    if moved != sorted(set(moved)) or {move.verb for move in champion.history} != {"promote"}:
        yield f"the champion went {moved}"
    evaluations = _query(run, "SELECT evaluation_id, challenger, promoted FROM evaluations")
    decided = Counter(row["evaluation_id"] for row in evaluations)
    if max(decided.values(), default=0) > 1:
        yield "a verdict is kept twice"
    said = sorted(row["challenger"] for row in evaluations if row["promoted"])
    if said != moved:
        yield f"verdicts say that {said} were promoted, moves that {moved} were"


def _query(run: Run, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run.world.ports.warehouse.query(sql).to_pylist()
    return rows
