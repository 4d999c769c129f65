"""Which rows a training reads: those of all loaded files, or a stored snapshot that is named."""

from __future__ import annotations

from re import fullmatch

from titanic_mlops.card import Snapshot
from titanic_mlops.errors import Conflict, NotFound, Rejected, UnknownName
from titanic_mlops.learning.stored_snapshot import (
    erase_from_snapshot,
    newest_snapshot,
    read_table,
    refuse_foreign,
)
from titanic_mlops.learning.training.snapshot import describe_snapshot, take_snapshot
from titanic_mlops.pipeline.erasures import erased_records
from titanic_mlops.pipeline.rivals import kept_from_training
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry

PINNED = (
    "Pinned: no training follows a file here; `titanic-mlops train` trains from the snapshot that "
    "is pinned."
)
SHA256 = "[0-9a-f]{64}"


def current_snapshot(problem: Problem, ports: Ports) -> Snapshot:
    """Take the snapshot of all loaded rows, without the records that judge the champion.

    Raises:
        Conflict: it holds a record that was erased meanwhile.
    """
    registry = Registry(ports.storage, problem.name)
    kept = kept_from_training(registry.champion(), problem, registry, ports.storage)
    snapshot = take_snapshot(problem, ports.warehouse, ports.storage, never_train=kept)
    _refuse_erased(problem, ports, snapshot.sha256)
    return snapshot


def named_snapshot(problem: Problem, ports: Ports, digest: str) -> Snapshot:
    """Return the description of exactly the stored snapshot that is named by its sha256.

    It counts as no older than the champion's: naming it is a decision, and the gate's exams
    answer it. An older version that it gives again is left to `models promote`, as ever.

    Raises:
        Rejected: it is no sha256, the snapshot was replaced, or it is none of this problem.
        UnknownName: no such snapshot is stored.
        SnapshotDamaged: its bytes do not hash to its name; no byte was parsed.
        Conflict: it holds a record that was erased meanwhile.
    """
    if not fullmatch(SHA256, digest):
        raise Rejected(
            f"{digest!r} is not the sha256 of a snapshot, which has 64 hexadecimal digits; "
            "`titanic-mlops models show N --json` shows that of version N."
        )
    newest = newest_snapshot(problem, ports.storage, digest)
    if newest != digest:
        raise Rejected(
            f"The snapshot {digest} was replaced by {newest}, without an erased record; train "
            "from that one."
        )
    try:
        rows = read_table(problem, ports.storage, digest)
    except NotFound:
        raise UnknownName(
            f"{problem.name} has no stored snapshot {digest}; `titanic-mlops data pull` brings "
            "the one that is pinned."
        ) from None
    refuse_foreign(problem, rows, f"The snapshot {digest}")
    _refuse_erased(problem, ports, digest)
    return describe_snapshot(digest, rows, taken=_counted(problem, ports, digest))


def _counted(problem: Problem, ports: Ports, digest: str) -> int:
    """Return the counter of the snapshot where a version knows it, at least the champion's."""
    registry = Registry(ports.storage, problem.name)
    champion = registry.champion()
    known = [
        card.snapshot.taken
        for card in registry.cards()
        if card.version == champion.version or card.snapshot.sha256 == digest
    ]
    return max(1, champion.taken, *known)  # 0 is that of moves from before there were numbers


def _refuse_erased(problem: Problem, ports: Ports, digest: str) -> None:
    erased = erased_records(problem, ports)
    if erased.hashes and erase_from_snapshot(
        problem, ports.storage, digest, erased.holds, at=ports.clock.now()
    ):
        raise Conflict("A record was erased while the snapshot was taken; the next one is without.")
