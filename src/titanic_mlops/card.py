"""The card of a version: what it is, what it was trained on, and its metrics.

A reader keeps the fields that it knows, ignores the others, and gives missing ones their defaults.
So a warm server of the former code reads the card that a deployment's new code writes. Servers from
before cards had a format take a card of format 2 for damaged: they keep their last champion until
they are replaced, and log why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from typing import Any, Self, TypeVar

from titanic_mlops.errors import ModelDamaged, ModelOutdated
from titanic_mlops.problems.base import Problem

Classes = tuple[int, ...] | tuple[str, ...]
LEFT_OUT = "LEFT OUT"
"""Names the figures on the card of a small table's model: each row is left out once."""
FIRST_FORMAT = 1
"""The format of cards that do not state one."""
FORMAT = 2
"""The format of cards that are written now: 2 added `profile`."""
_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of the artefact: the sha256 of its bytes, and their number."""

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the description of these bytes."""
        return cls(sha256(data).hexdigest(), len(data))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows that a training read; `generation` is that of their newest file.

    `taken` is the number of the newest load or revocation that the rows follow: of two snapshots
    the newer one has the higher number. It is 0 on cards of before there were numbers.
    """

    sha256: str
    rows: int
    rows_by_split: dict[str, int]
    files: dict[str, int]
    generation: int
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """Describe one version; written once, with the version, and never changed.

    `metrics` holds the figures by split and view, or by LEFT_OUT; `verdict` is the gate's when the
    version was registered. `key`, `target` and `task` are the declaration's; empty on cards that
    were written before they were kept. `format` grows with every field that is added.
    `profile` is monitoring's, as JSON of 128 KiB at most; empty on cards of format 1.
    """

    version: int
    problem: str
    created_at: str
    model: dict[str, StoredFile]
    schema_sha256: str
    snapshot: Snapshot
    split_salt: str
    code_version: str
    libraries: dict[str, str]
    parameters: dict[str, Any]
    metrics: dict[str, dict[str, float]]
    verdict: dict[str, Any]
    key: str = ""
    target: str = ""
    task: str = ""
    format: int = FIRST_FORMAT
    profile: dict[str, Any] = field(default_factory=dict)

    def differences(self, problem: Problem, classes: Classes, **more: tuple[str, str]) -> str:
        """Return what the declaration says otherwise, in words; `classes` are the model's.

        Card and model may lack a part. `more` are further parts: what they were, what they are.
        """
        parts = {
            "target": (self.target, problem.target),
            "task": (self.task, problem.task),
            **more,
            "list of classes": (_listed(classes), _listed(problem.classes)),
        }
        return ", ".join(
            f"its {name.replace('_', ' ')} was {was}, now it is {now}"
            for name, (was, now) in parts.items()
            if was and was != now
        )

    def require_declared(self, problem: Problem, classes: Classes) -> None:
        """Refuse a version whose answers would not be those of the declaration.

        Raises:
            ModelOutdated: naming what differs.
        """
        if told := self.differences(problem, classes):
            raise ModelOutdated(
                f"{problem.name}: version {self.version} was trained for another declaration: "
                f"{told}. Undo that, or train with `titanic-mlops train` and choose the new "
                "version with `titanic-mlops models promote`."
            )

    def to_bytes(self) -> bytes:
        """Return the card as JSON, with the sha256 of its content."""
        content = asdict(self)
        if self.format == FIRST_FORMAT:
            del content["format"], content["profile"]
        return (json.dumps(content | {"card_sha256": _digest(content)}, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Self:
        """Return the card that `to_bytes` wrote; `where` names it in an error.

        The sha256 covers the whole content, unknown fields included.

        Raises:
            ModelDamaged: the bytes are not a card.
        """
        try:
            stored = _checked(json.loads(data))
            files = {name: _known(StoredFile, file) for name, file in stored["model"].items()}
            snapshot = _known(Snapshot, stored["snapshot"])
            return _known(cls, {**stored, "model": files, "snapshot": snapshot})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelDamaged(f"{where} is not a readable card: {error!r}.") from error


def _known(part: type[_Part], stored: Mapping[str, Any]) -> _Part:
    """Return a part of the card from the fields that this code knows."""
    names = {one.name for one in fields(part)}  # type: ignore[arg-type] # they are dataclasses
    return part(**{name: value for name, value in stored.items() if name in names})


def _checked(stored: dict[str, Any]) -> dict[str, Any]:
    if stored.pop("card_sha256") != _digest(stored):
        raise ValueError("its sha256 differs")
    return stored


def _listed(classes: Classes) -> str:
    return ", ".join(map(str, classes))


def _digest(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
