"""Every version beside the champion: its state, its verdict, its figures on one holdout."""

from __future__ import annotations

from dataclasses import dataclass, field

from titanic_mlops.card import LEFT_OUT, Card
from titanic_mlops.champion import GATE, Champion
from titanic_mlops.errors import ModelDamaged, NotFound, SnapshotDamaged, UnknownName
from titanic_mlops.learning.gate import figures
from titanic_mlops.learning.training import records_of
from titanic_mlops.learning.training.snapshot import read_snapshot
from titanic_mlops.learning.verdict import naming_version
from titanic_mlops.ports import ObjectStore
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.registry import Registry
from titanic_mlops.rules.split import TEST


@dataclass(frozen=True, slots=True)
class Version:
    """One version; `card` is None if it is missing or damaged.

    `damaged` says what cannot be read; `verdict` why the version was promoted or rejected;
    `figures` are on the champion's holdout, empty if they cannot be measured.
    """

    number: int
    serves: bool
    barred: bool
    card: Card | None = None
    damaged: str = ""
    verdict: str = ""
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions, oldest first, and the holdout of the champion on which they are compared.

    A version of a small table has the figures of its card: there is no holdout.
    `damaged` has a sentence for each move and for the holdout, if they cannot be read.
    """

    listed: tuple[Version, ...]
    holdout_rows: int
    damaged: tuple[str, ...]


def list_versions(problem: Problem, storage: ObjectStore) -> Versions:
    """Return every version, those that are damaged or not finished among them."""
    registry = Registry(storage, problem.name)
    champion = registry.champion()
    numbers = {card.version for card in registry.cards()}.union(registry.orphans())
    if champion.version:
        numbers.add(champion.version)
    holdout, damaged = _holdout(champion, problem, registry, storage)
    listed = (_version(n, champion, holdout, problem, registry) for n in sorted(numbers))
    return Versions(tuple(listed), len(holdout), (*champion.damaged, *damaged))


def _holdout(
    champion: Champion, problem: Problem, registry: Registry, storage: ObjectStore
) -> tuple[list[Record], tuple[str, ...]]:
    if not champion.version:
        return [], ()
    try:
        card = registry.card(champion.version)
        if LEFT_OUT in card.metrics:  # it has learned every row
            return [], ()
        digest = card.snapshot.sha256
        return records_of(read_snapshot(problem, storage, digest), TEST), ()
    except (ModelDamaged, UnknownName):
        return [], ()  # said of the version
    except (SnapshotDamaged, NotFound) as error:
        return [], (f"The champion's holdout cannot be read. {error.detail}",)


def _version(
    number: int, champion: Champion, holdout: list[Record], problem: Problem, registry: Registry
) -> Version:
    serves, barred = number == champion.version, number in champion.barred
    try:
        card = registry.card(number)
    except (ModelDamaged, UnknownName):
        damaged = (
            f"Version {number} has no readable card: its registration did not finish, "
            "or the card is damaged."
        )
        return Version(number, serves, barred, damaged=damaged)
    verdict = _verdict(card, champion)
    try:
        model = registry.load(number)
    except ModelDamaged as error:
        return Version(number, serves, barred, card, f"Version {number}: {error.detail}", verdict)
    found = card.metrics.get(LEFT_OUT, {})
    if not found and holdout:
        found = figures(problem, model, holdout)
    return Version(number, serves, barred, card, verdict=verdict, figures=found)


def _verdict(card: Card, champion: Champion) -> str:
    """Return why the version last became the champion, or why it never did."""
    name = f"Version {card.version}"
    moves = [move for move in champion.history if move.version == card.version]
    if moves:
        move = moves[-1]
        why = naming_version(move.why, card.version)
        return why if move.by == GATE else f"{move.verb} by {move.by}: {why}"
    if card.verdict.get("promoted"):
        if champion.damaged:
            return f"{name} passed the gate; the move that says whether it served is damaged."
        return f"{name} passed the gate, but another version was promoted first."
    return naming_version(str(card.verdict.get("sentence", "")), card.version)
