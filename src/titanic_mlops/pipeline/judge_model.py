"""Compare a challenger with the champion, promote it if the gate allows, and keep the verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from titanic_mlops.card import Card, Snapshot
from titanic_mlops.champion import Champion
from titanic_mlops.errors import Conflict, ModelDamaged
from titanic_mlops.learning.gate import judge
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.verdict import Verdict, not_compared
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.registry import Registry
from titanic_mlops.tables import statements as sql
from titanic_mlops.tables.platform import EVALUATIONS

GATE = "the gate"
_INSERT = sql.insert_once(EVALUATIONS, unless_equal=("evaluation_id",))


@dataclass(frozen=True, slots=True)
class Challenger:
    """A trained model, the snapshot it learned from, and the labelled records that judge it.

    `card` is None until the model is registered; `describe` makes it from the first verdict
    and the version.
    """

    files: tuple[bytes, bytes]
    snapshot: Snapshot
    holdout: list[Record]
    describe: Callable[[Verdict, int], Card]
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """The result of a training; `version` is None if the rows were refused."""

    version: int | None
    promoted: bool
    verdict: Verdict

    @property
    def sentence(self) -> str:
        """Return the verdict's sentence, which names the challenger by its version."""
        if self.version is None:
            return self.verdict.sentence
        return self.verdict.sentence.replace("The challenger", f"Version {self.version}", 1)


def judge_model(challenger: Challenger, problem: Problem, ports: Ports) -> Training:
    """Register the challenger and judge it, again for each champion promoted in between."""
    registry = Registry(ports.storage, problem.name)
    while True:
        champion = registry.champion()
        verdict = _verdict(challenger, champion, problem, registry)
        challenger, card = _registered(challenger, verdict, registry)
        verdict = _without_return(registry, card, champion) or verdict
        keep_verdict(ports, verdict, snapshot=challenger.snapshot, card=card, champion=champion)
        if not verdict.promoted:
            return Training(card.version, promoted=False, verdict=verdict)
        try:
            registry.promote(
                card.version,
                by=GATE,
                why=verdict.sentence,
                at=ports.clock.now(),
                expected=champion,
            )
        except Conflict:
            continue
        return Training(card.version, promoted=True, verdict=verdict)


def keep_verdict(
    ports: Ports,
    verdict: Verdict,
    *,
    snapshot: Snapshot,
    card: Card | None = None,
    champion: Champion | None = None,
) -> None:
    """Store the verdict as a row of `evaluations`; the same comparison is stored once."""
    digest = card.model["model.npz"].sha256 if card else ""
    against = champion or Champion()
    compared = f"{snapshot.sha256}:{digest}:{against.stored}:{verdict.sentence}"
    ports.warehouse.execute(
        _INSERT,
        {
            "evaluation_id": sha256(compared.encode()).hexdigest(),
            "evaluated_at": ports.clock.now(),
            "snapshot": snapshot.sha256,
            "challenger": card.version if card else None,
            "champion": against.version or None,
            "promoted": verdict.promoted,
            "sentence": verdict.sentence,
            "verdict": json.dumps(verdict.to_json()),
        },
    )


def _verdict(
    challenger: Challenger, champion: Champion, problem: Problem, registry: Registry
) -> Verdict:
    model = Model.from_bytes(*challenger.files)
    if not champion.version:
        return judge(problem, model, None, challenger.holdout)
    name = f"version {champion.version}"
    try:
        serving = registry.load(champion.version)
        card = registry.card(champion.version)
    except ModelDamaged as damaged:
        return not_compared(
            f"The challenger is rejected by the gate: it cannot be compared with {name}, whose "
            f"stored files are damaged. {damaged.detail}"
        )
    if challenger.snapshot.generation < card.snapshot.generation:
        return not_compared(
            f"The challenger is rejected by the gate: {name} was trained on newer rows."
        )
    return judge(problem, model, serving, challenger.holdout, champion_name=name)


def _registered(
    challenger: Challenger, verdict: Verdict, registry: Registry
) -> tuple[Challenger, Card]:
    card = challenger.card or registry.register(
        challenger.files, lambda version: challenger.describe(verdict, version)
    )
    return replace(challenger, card=card), card


def _without_return(registry: Registry, card: Card, champion: Champion) -> Verdict | None:
    """Return why training must not promote a version that served, was rolled back, or is older.

    Concurrent trainings may register the same bytes as two versions, so bytes are compared.
    """
    same = {known.version for known in registry.cards() if known.model == card.model}
    if champion.version in same:
        return not_compared(
            f"Version {champion.version} already serves, and these rows give the same model."
        )
    if barred := same.intersection(champion.barred):
        version = min(barred)
        return not_compared(
            f"Version {version} was rolled back, and these rows give the same model; to use it, "
            f"run `titanic-mlops models promote {version}`."
        )
    if card.version < champion.version:
        return not_compared(
            f"Version {card.version} is older than the champion, version {champion.version}; "
            "use a rollback to return to it."
        )
    return None
