"""Which version serves, and why: the moves so far, and what follows from them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from titanic_mlops.errors import ModelDamaged

GATE = "the gate"
"""Author of the moves that no person made."""
PROMOTE, ROLLBACK = "promote", "rollback"


@dataclass(frozen=True, slots=True)
class Move:
    """One change of the champion, stored once as an object of its own; versions are above 0.

    `since` is an ISO 8601 time. `expected` is the version that served before, 0 if there was
    none. `anchor` is the version that challengers are also compared with from then on. `taken` is
    the counter of the snapshot that led to the move (see `card.Snapshot`); 0 for a person's move.
    """

    verb: str
    version: int
    since: str
    by: str
    why: str
    expected: int
    anchor: int
    taken: int = 0

    def to_bytes(self) -> bytes:
        """Return the move as JSON."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()

    @property
    def bars(self) -> int:
        """Return the version that training may not promote again; 0 if there is none.

        It is the one that a rollback left, or that a person replaced by an older one.
        """
        by_person_to_older = self.by != GATE and self.version < self.expected
        return self.expected if self.verb == ROLLBACK or by_person_to_older else 0

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Self:
        """Return the move that `to_bytes` wrote; `where` names it in an error.

        Raises:
            ModelDamaged: the bytes are not a move.
        """
        try:
            move = cls(**json.loads(data))
            _require_types(move)
        except (ValueError, TypeError) as error:
            raise ModelDamaged(f"{where} is not readable: {error!r}.") from error
        return move


@dataclass(frozen=True, slots=True)
class Approval:
    """What a promotion by the gate states: the anchor from then on, the snapshot's counter."""

    anchor: int
    taken: int


@dataclass(frozen=True, slots=True)
class Champion:
    """The readable moves, oldest first; the last one says who serves.

    `number` counts all moves, readable or not: the next one has the number after it. `damaged`
    holds a sentence for each move that cannot be read.
    """

    history: tuple[Move, ...] = ()
    number: int = 0
    damaged: tuple[str, ...] = ()

    @property
    def version(self) -> int:
        """Return the version that serves; 0 if there is none."""
        return self.history[-1].version if self.history else 0

    @property
    def anchor(self) -> int:
        """Return the first champion, or the last that a person promoted; 0 if there is none."""
        return self.history[-1].anchor if self.history else 0

    @property
    def taken(self) -> int:
        """Return the counter of the snapshot that led to the last move."""
        return self.history[-1].taken if self.history else 0

    @property
    def barred(self) -> tuple[int, ...]:
        """Return the versions that a move barred and that did not serve since."""
        return tuple(self._barring)

    @property
    def rolled_back(self) -> tuple[int, ...]:
        """Return the barred versions that a rollback left."""
        return tuple(v for v, move in self._barring.items() if move.verb == ROLLBACK)

    @property
    def earlier(self) -> tuple[int, ...]:
        """Return the earlier champions that were not rolled back, the newest first, each once.

        One that a person replaced by an older version is among them: a rollback undoes that.
        """
        served = (move.version for move in reversed(self.history))
        out = (self.version, *self.rolled_back)
        return tuple(version for version in dict.fromkeys(served) if version not in out)

    @property
    def _barring(self) -> dict[int, Move]:
        """Return the move behind each bar."""
        barring: dict[int, Move] = {}
        for move in self.history:
            barring.pop(move.version, None)
            if move.bars:
                barring[move.bars] = move
        return barring

    def anchor_of(self, version: int) -> int:
        """Return the anchor that was in force when `version` became the champion."""
        moved = (m.anchor for m in reversed(self.history) if m.version == version)
        return next(moved, version)


def champion_of_record(data: bytes, where: str) -> Champion:
    """Return the moves of a `champion.json`: one object that held the whole history.

    Raises:
        ModelDamaged: the bytes are not such a record.
    """
    champion = Champion()
    try:
        for entry in json.loads(data)["history"]:
            move = _move_of_record(entry, champion)
            champion = Champion((*champion.history, move), champion.number + 1)
    except (ValueError, KeyError, TypeError) as error:
        raise ModelDamaged(f"{where} is not readable: {error!r}.") from error
    return champion


def _move_of_record(entry: dict[str, Any], before: Champion) -> Move:
    version = entry["version"]
    if entry["verb"] == ROLLBACK:
        anchor = before.anchor_of(version)
    elif entry["by"] == GATE and before.anchor:
        anchor = before.anchor
    else:
        anchor = version
    move = Move(**entry, expected=before.version, anchor=anchor)
    _require_types(move)
    return move


def _require_types(move: Move) -> None:
    for name in ("version", "expected", "anchor", "taken"):
        if type(getattr(move, name)) is not int:
            raise TypeError(f"{name} must be an integer")
    for name in ("verb", "since", "by", "why"):
        if type(getattr(move, name)) is not str:
            raise TypeError(f"{name} must be a text")
    if move.verb not in (PROMOTE, ROLLBACK) or move.version < 1:
        raise ValueError("the verb or the version is none")
