"""The champion's record: which version serves, and every move that led to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from titanic_mlops.errors import ModelDamaged


@dataclass(frozen=True, slots=True)
class Move:
    """One change of the champion, for the audit; `since` is an ISO 8601 time."""

    version: int
    since: str
    by: str
    why: str
    verb: str


@dataclass(frozen=True, slots=True)
class Champion:
    """The moves so far, the last one serving, and the versions that were rolled back.

    A version in `barred` is promoted by a manual command only. `stored` is the version of the
    object that holds the record, for compare-and-set; 0 if there is none.
    """

    history: tuple[Move, ...] = ()
    barred: tuple[int, ...] = ()
    stored: int = 0

    @property
    def version(self) -> int:
        """Return the version that serves; 0 if there is none."""
        return self.history[-1].version if self.history else 0

    def to_bytes(self) -> bytes:
        """Return the record as JSON: the last move, and the whole history."""
        last = asdict(self.history[-1])
        del last["verb"]
        history = [asdict(move) for move in self.history]
        document = {**last, "barred": self.barred, "history": history}
        return (json.dumps(document, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes, where: str, stored: int) -> Self:
        """Return the record that `to_bytes` wrote; `where` names it in an error.

        Raises:
            ModelDamaged: the bytes are not such a record.
        """
        try:
            document = json.loads(data)
            history = tuple(_read_move(move) for move in document["history"])
            barred = tuple(int(version) for version in document["barred"])
        except (ValueError, KeyError, TypeError) as error:
            raise ModelDamaged(f"{where} is not readable: {error!r}.") from error
        return cls(history, barred, stored)


def _read_move(document: dict[str, Any]) -> Move:
    if type(document["version"]) is not int:
        raise TypeError("a version must be an integer")
    return Move(**document)
