"""The versions that a challenger is compared with, read from the registry: champion and anchor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from titanic_mlops.champion import Champion
from titanic_mlops.errors import ModelDamaged, NotFound, SnapshotDamaged, UnknownName
from titanic_mlops.learning.exams import RECORD_ID, Rival, Rivals, holdout_ids
from titanic_mlops.learning.training.snapshot import read_snapshot
from titanic_mlops.ports import ObjectStore
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry


class NotComparable(Exception):
    """Say why a challenger cannot be compared with a version."""


def rivals_of(
    champion: Champion, salt: str, problem: Problem, registry: Registry, storage: ObjectStore
) -> Rivals | None:
    """Return whom a challenger is compared with, None if no version has been promoted.

    `salt` is that of the challenger's split.

    Raises:
        NotComparable: the moves, a version or its snapshot are damaged, or it was trained for
            another declaration.
    """
    if not champion.version:
        if champion.damaged:
            raise NotComparable(f"it is not known which version serves. {champion.damaged[-1]}")
        return None
    found = {
        version: _rival(version, salt, problem, registry, storage)
        for version in {champion.version, champion.anchor}
    }
    served = dict.fromkeys(move.version for move in reversed(champion.history))
    others = [version for version in served if version not in found]
    earlier = _readable(others, salt, problem, registry, storage)
    return Rivals(found[champion.version], found[champion.anchor], earlier)


def kept_from_training(
    champion: Champion, problem: Problem, registry: Registry, storage: ObjectStore
) -> frozenset[str]:
    """Return the ids of the records in the holdout of champion or anchor.

    One that cannot be read is left out: then the gate promotes nothing.
    """
    ids: frozenset[str] = frozenset()
    for version in {champion.version, champion.anchor} - {0}:
        with suppress(ModelDamaged, SnapshotDamaged, NotFound, UnknownName, KeyError):
            rows = read_snapshot(problem, storage, registry.card(version).snapshot.sha256)
            ids |= holdout_ids(problem, rows)
    return ids


def _readable(
    versions: list[int], salt: str, problem: Problem, registry: Registry, storage: ObjectStore
) -> Iterator[Rival]:
    """Yield the versions one by one, because most verdicts need none of them."""
    for version in versions:
        with suppress(NotComparable):
            yield _rival(version, salt, problem, registry, storage)


def _rival(
    version: int, salt: str, problem: Problem, registry: Registry, storage: ObjectStore
) -> Rival:
    name = f"version {version}"
    try:
        model, card = registry.load(version), registry.card(version)
    except (ModelDamaged, UnknownName) as damaged:
        raise NotComparable(
            f"it cannot be compared with {name}, whose stored files are damaged. {damaged.detail}"
        ) from None
    try:
        rows = read_snapshot(problem, storage, card.snapshot.sha256)
    except (SnapshotDamaged, NotFound) as damaged:
        raise NotComparable(
            f"it cannot be compared with {name}, whose snapshot is damaged. {damaged.detail}"
        ) from None
    more = {"key": (card.key, problem.key), "split_salt": (card.split_salt, salt)}
    if told := card.differences(problem, model.classes, **more):
        raise NotComparable(f"{name} was trained for another declaration: {told}")
    if lacking := {problem.key or RECORD_ID, problem.target}.difference(rows.columns):
        raise NotComparable(f"the snapshot of {name} has no column {min(lacking)}")
    return Rival(name, model, rows)
