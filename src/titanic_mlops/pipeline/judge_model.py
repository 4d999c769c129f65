"""Compare a challenger with the champion, promote it if the gate allows, and keep the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from titanic_mlops.card import Card, Snapshot
from titanic_mlops.champion import GATE, Approval, Champion
from titanic_mlops.errors import Conflict, ModelDamaged
from titanic_mlops.learning.exams import files_of
from titanic_mlops.learning.gate import judge
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.verdict import Verdict, naming_version, not_compared, undecided
from titanic_mlops.pipeline.evaluations import keep_move, keep_verdict
from titanic_mlops.pipeline.new_labels import contradicting_labels
from titanic_mlops.pipeline.revocations import revoked_files
from titanic_mlops.pipeline.rivals import NotComparable, rivals_of
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry


@dataclass(frozen=True, slots=True)
class Challenger:
    """A trained model, its snapshot, and that snapshot's rows.

    `salt` is that of its split. `card` is None until the model is registered; `describe` makes it
    from the first verdict and the version.
    """

    files: tuple[bytes, bytes]
    snapshot: Snapshot
    rows: pd.DataFrame
    salt: str
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
        return naming_version(self.verdict.sentence, self.version)


def judge_model(challenger: Challenger, problem: Problem, ports: Ports) -> Training:
    """Register the challenger and judge it, again for each move or revocation in between.

    A verdict says that a challenger was promoted only once it is the champion.
    """
    registry = Registry(ports.storage, problem.name)
    while True:
        champion, revoked = registry.champion(), revoked_files(ports)
        verdict = _verdict(challenger, revoked, champion, problem, ports)
        challenger, card = _registered(challenger, verdict, registry)
        verdict = _without_return(registry, challenger.snapshot, card, champion) or verdict
        if verdict.promoted:
            if revoked_files(ports) != revoked:
                continue  # judging takes seconds: the model may have learned from a revoked file
            try:
                champion = _promote(registry, challenger.snapshot, card, champion, verdict, ports)
            except Conflict:
                continue
            keep_move(ports, champion, challenger.snapshot, verdict)
            return Training(card.version, promoted=True, verdict=verdict)
        if champion.version == card.version:
            keep_move(ports, champion, challenger.snapshot)  # a crash may have prevented it
        keep_verdict(ports, verdict, snapshot=challenger.snapshot, card=card, champion=champion)
        return Training(card.version, promoted=False, verdict=verdict)


def assess_model(challenger: Challenger, problem: Problem, ports: Ports) -> Verdict:
    """Return what the gate would say of a challenger now; nothing is registered or moved."""
    champion = Registry(ports.storage, problem.name).champion()
    return _verdict(challenger, revoked_files(ports), champion, problem, ports)


def _verdict(
    challenger: Challenger,
    revoked: frozenset[str],
    champion: Champion,
    problem: Problem,
    ports: Ports,
) -> Verdict:
    registry = Registry(ports.storage, problem.name)
    try:
        rivals = rivals_of(champion, challenger.salt, problem, registry, ports.storage)
    except NotComparable as finding:
        return undecided(str(finding).rstrip("."))
    if learned_from := revoked & files_of(challenger.rows):
        return not_compared(
            "The challenger is rejected by the gate: it was trained on rows of the file "
            f"{min(learned_from)[:12]}, which is revoked."
        )
    model = Model.from_bytes(*challenger.files)
    if rivals is None:
        return judge(problem, model, challenger.rows, revoked=revoked)
    if challenger.snapshot.taken < _taken(champion, registry):
        return not_compared(
            f"The challenger is rejected by the gate: {rivals.champion.name} was trained on "
            "newer rows."
        )
    if doubt := contradicting_labels(
        problem, challenger.rows, rivals.champion, ports.storage, revoked
    ):
        return undecided(doubt)
    return judge(problem, model, challenger.rows, rivals, revoked=revoked)


def _taken(champion: Champion, registry: Registry) -> int:
    """Return the counter of the newest rows that stand behind the champion.

    Newer rows may have given an older version's bytes again: its move then has the counter.
    """
    return max(champion.taken, registry.card(champion.version).snapshot.taken)


def _registered(
    challenger: Challenger, verdict: Verdict, registry: Registry
) -> tuple[Challenger, Card]:
    card = challenger.card or registry.register(
        challenger.files, lambda version: challenger.describe(verdict, version)
    )
    return replace(challenger, card=card), card


def _without_return(
    registry: Registry, snapshot: Snapshot, card: Card, champion: Champion
) -> Verdict | None:
    """Return why training must not promote a version that serves, is barred, or is older.

    Newer rows may give an older version's bytes, for instance after a file was revoked; then
    the verdict decides. Concurrent trainings may register the same bytes as two versions, so
    bytes are compared.
    """
    same = {known.version for known in registry.cards() if known.model == card.model}
    if champion.version in same:
        return _already_serves(registry, champion.version)
    if barred := same.intersection(champion.barred):
        version = min(barred)
        was = "rolled back" if version in champion.rolled_back else "replaced by a person"
        return not_compared(
            f"Version {version} was {was}, and these rows give the same model; to use it, "
            f"run `titanic-mlops models promote {version}`."
        )
    if card.version < champion.version and snapshot.taken <= _taken(champion, registry):
        return not_compared(
            f"Version {card.version} is older than the champion, version {champion.version}, and "
            f"its rows are not newer; to use it, run `titanic-mlops models promote {card.version}`."
        )
    return None


def _already_serves(registry: Registry, version: int) -> Verdict:
    try:
        registry.load(version)
    except ModelDamaged as damaged:
        finding = not_compared(
            f"These rows give the model of version {version} again, which is the champion, but its "
            f"stored files are damaged: {damaged.detail.rstrip('.')}; put them back from a backup, "
            "or run `titanic-mlops models promote` with another version."
        )
        return replace(finding, person_decides=True)
    return not_compared(f"Version {version} already serves, and these rows give the same model.")


def _promote(
    registry: Registry,
    snapshot: Snapshot,
    card: Card,
    champion: Champion,
    verdict: Verdict,
    ports: Ports,
) -> Champion:
    keeps = champion.anchor and not verdict.replaces_anchor
    return registry.promote(
        card.version,
        by=GATE,
        why=verdict.sentence,
        at=ports.clock.now(),
        expected=champion,
        approval=Approval(champion.anchor if keeps else card.version, snapshot.taken),
    )
