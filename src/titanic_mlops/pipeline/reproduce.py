"""A version is trained again from its snapshot: the same bytes, or what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version

from titanic_mlops.card import Card, StoredFile
from titanic_mlops.errors import NotFound, Rejected, SnapshotDamaged, TrainingRefused
from titanic_mlops.learning.stored_snapshot import newest_snapshot, read_table, refuse_foreign
from titanic_mlops.learning.training import train
from titanic_mlops.learning.training.snapshot import read_snapshot
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import ARRAYS, DESCRIPTION, Registry
from titanic_mlops.tables.problem import training_data
from titanic_mlops.tables.schema import schema_json

ID_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was: `part` is code, library, data or declaration."""

    part: str
    words: str


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of training a version again.

    `files` maps each file of the model to whether its bytes are the same; it is empty if no model
    was trained. `differences` are known also where the bytes are the same.
    """

    version: int
    snapshot: str
    files: dict[str, bool]
    differences: tuple[Difference, ...]
    sentence: str

    @property
    def same(self) -> bool:
        """Return whether the same bytes came again."""
        return bool(self.files) and all(self.files.values())


def reproduce(number: int, problem: Problem, ports: Ports) -> Reproduction:
    """Train version `number` again from its snapshot; nothing is stored.

    Raises:
        UnknownName: there is no such version.
        ModelDamaged: its card is not readable.
    """
    card = Registry(ports.storage, problem.name).card(number)
    digest = card.snapshot.sha256
    found = [*_code(card, ports), *_libraries(card), *_declaration(card, problem)]
    try:
        newest = newest_snapshot(problem, ports.storage, digest)
        refuse_foreign(
            problem, read_table(problem, ports.storage, newest), f"The snapshot {newest}"
        )
        rows = read_snapshot(problem, ports.storage, newest)
    except NotFound:
        lost = f"its data is gone, the snapshot {digest} is not stored"
        return _untrained(card, [Difference("data", lost), *found])
    except SnapshotDamaged as damaged:
        lost = f"its data is damaged ({damaged.detail.rstrip('.')})"
        return _untrained(card, [Difference("data", lost), *found])
    except Rejected as foreign:
        why = f"the declaration is another ({foreign.detail.rstrip('.')})"
        return _untrained(card, [Difference("declaration", why), *found])
    if newest != digest:
        erased = f"data: {newest[:ID_SHOWN]} replaced its snapshot, without an erased record"
        found.insert(0, Difference("data", erased))
    try:
        model = train(problem, rows).to_bytes()
    except TrainingRefused as refused:
        why = f"the training is refused now ({refused.detail.rstrip('.')})"
        return _untrained(card, [*found, Difference("code", why)])
    files = {
        name: StoredFile.of(data) == card.model[name]
        for name, data in zip((ARRAYS, DESCRIPTION), model, strict=True)
    }
    return Reproduction(number, digest, files, tuple(found), _sentence(card, files, found))


def _code(card: Card, ports: Ports) -> Iterator[Difference]:
    if (now := ports.code_version()) != card.code_version:
        yield Difference("code", f"code {_short(card.code_version)}, now {_short(now)}")


def _libraries(card: Card) -> Iterator[Difference]:
    for name, before in card.libraries.items():
        try:
            now = version(name)
        except PackageNotFoundError:
            now = "not installed"
        if now != before:
            yield Difference("library", f"{name} {before}, now {now}")


def _declaration(card: Card, problem: Problem) -> Iterator[Difference]:
    """Yield what the card keeps of the declaration and is otherwise; older cards keep less."""
    schema = sha256(schema_json(training_data(problem)).encode()).hexdigest()
    kept = {
        "columns": (card.schema_sha256, schema),
        "key": (card.key, problem.key),
        "target": (card.target, problem.target),
        "task": (card.task, problem.task),
    }
    if names := [name for name, (was, now) in kept.items() if was and was != now]:
        yield Difference("declaration", f"the declaration's {', '.join(names)}")


def _untrained(card: Card, found: list[Difference]) -> Reproduction:
    sentence = f"Version {card.version} cannot be trained again: {_listed(found)}."
    return Reproduction(card.version, card.snapshot.sha256, {}, tuple(found), sentence)


def _sentence(card: Card, files: dict[str, bool], found: list[Difference]) -> str:
    if all(files.values()):
        although = f", although these differ: {_listed(found)}" if found else ""
        return (
            f"Version {card.version} is reproduced: its snapshot {card.snapshot.sha256[:ID_SHOWN]} "
            f"of {card.snapshot.rows:,} rows gives the same {' and '.join(files)}{although}."
        )
    changed = " and ".join(name for name, same in files.items() if not same)
    causes = f"these differ: {_listed(found)}" if found else _UNKNOWN
    return f"Version {card.version} is not reproduced, the bytes of {changed} are others; {causes}."


_UNKNOWN = (
    "code, libraries and data are the same, so it is something that no card keeps: Python, the "
    "processor, or features declared outside of the package"
)


def _listed(found: list[Difference]) -> str:
    return "; ".join(difference.words for difference in found)


def _short(code: str) -> str:
    """Return a code version with the commit as short as git shows it."""
    commit, plus, sources = code.partition("+")
    return f"{commit[:ID_SHOWN]}{plus}{sources}"
