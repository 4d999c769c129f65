"""The state of one problem on one screen, as far as storage and tables tell it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from titanic_mlops.errors import ModelDamaged, TitanicMlopsError
from titanic_mlops.ledger import Ledger
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.problem import tables_of

DEAD_LETTERS = "undecided dead letters"
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Serving:
    """The champion, and the move that made it so; `since` is an ISO 8601 time."""

    version: int
    since: str
    by: str
    why: str


@dataclass(slots=True)
class Status:
    """What could be read; `faults` says why a part could not, by its name.

    `champion` is None where no version was promoted. `files` counts them by state, `tables`
    their rows. `dead_letters` counts those in the table without a decision.
    """

    champion: Serving | None = None
    files: dict[str, int] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    faults: dict[str, str] = field(default_factory=dict)

    def read(self, part: str, look: Callable[[], Part], otherwise: Part) -> Part:
        """Return what `look` finds; a fault there leaves the other parts readable."""
        try:
            return look()
        except TitanicMlopsError as error:
            self.faults[part] = error.detail
            return otherwise


def status_of(problem: Problem, ports: Ports) -> Status:
    """Return the status; nothing is changed."""
    status, registry = Status(), Registry(ports.storage, problem.name)
    status.champion = status.read("champion", lambda: _serving(registry), None)
    if champion := status.champion:
        status.read("model", lambda: registry.files(champion.version), None)
    status.files = status.read("files", lambda: _files_by_state(problem, ports), {})
    status.tables = status.read("tables", lambda: _rows_by_table(problem, ports), {})
    status.dead_letters = status.tables.pop(DEAD_LETTERS, 0)
    return status


def _serving(registry: Registry) -> Serving | None:
    champion = registry.champion()
    if not champion.version and champion.damaged:
        raise ModelDamaged(champion.damaged[0])
    if not champion.version:
        return None
    move = champion.history[-1]
    return Serving(champion.version, move.since, move.by, move.why)


def _files_by_state(problem: Problem, ports: Ports) -> dict[str, int]:
    entries = Ledger(ports.storage, problem.name).entries()
    return dict(Counter(entry.state for entry in entries).most_common())


def _rows_by_table(problem: Problem, ports: Ports) -> dict[str, int]:
    counted = {table.name: table.name for table in tables_of(problem) if not table.view}
    counted[DEAD_LETTERS] = f"({sql.UNDECIDED_DEAD_LETTERS})"
    found = ports.warehouse.look(sql.count_rows(counted), most=len(counted))
    return {row["name"]: row["n"] for row in found.to_pylist()}
