"""Versions, the champion and its history; nothing below it but an object store.

A version is there once its card is: the model's files are written first, the first one
with create-only, which settles who gets the number. The champion is one object, moved by
compare-and-set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from typing import Any

from titanic_mlops.card import Card, StoredFile
from titanic_mlops.errors import Conflict, ModelDamaged, NoChampion, NotFound, Rejected, UnknownName
from titanic_mlops.learning.model import Model
from titanic_mlops.ports import ObjectInfo, ObjectStore

ARRAYS, DESCRIPTION, CARD = "model.npz", "model.json", "card.json"


@dataclass(frozen=True, slots=True)
class Move:
    """One change of the champion, for the audit."""

    version: int
    since: str
    by: str
    why: str
    verb: str


@dataclass(frozen=True, slots=True)
class Champion:
    """Who serves, how it came to that, and who may not come back by itself.

    `stored` is the object's version, for compare-and-set.
    """

    history: tuple[Move, ...] = ()
    barred: tuple[int, ...] = ()
    stored: int = 0

    @property
    def version(self) -> int:
        """Return the version that serves; 0 when there is none."""
        return self.history[-1].version if self.history else 0


class Registry:
    """Keep the versions of one problem."""

    def __init__(self, store: ObjectStore, problem: str) -> None:
        self._store = store
        self._problem = problem
        self._root = f"models/{problem}"

    def register(self, model: tuple[bytes, bytes], card: Callable[[int], Card]) -> Card:
        """Store a model as the next version, with the card made for that number.

        The same bytes are one version: when they are registered, their card is returned.
        """
        arrays, description = model
        digest = StoredFile.of(arrays).sha256, StoredFile.of(description).sha256
        for known in self.cards():
            if (known.model[ARRAYS].sha256, known.model[DESCRIPTION].sha256) == digest:
                return known
        version = self._claim(arrays)
        self._store.put(self._key(version, DESCRIPTION), description, if_version=0)
        made = card(version)
        self._store.put(self._key(version, CARD), made.to_bytes(), if_version=0)
        return made

    def cards(self) -> list[Card]:
        """Return the card of every version, oldest first; a damaged one is an orphan."""
        cards = []
        for info in self._objects():
            if info.key.endswith(f"/{CARD}"):
                with suppress(ModelDamaged):
                    cards.append(self._read_card(info.key))
        return sorted(cards, key=lambda card: card.version)

    def orphans(self) -> list[int]:
        """Return the numbers without a readable card: not finished, or damaged since."""
        claimed = {int(i.key.split("/")[3]) for i in self._objects() if i.key.endswith(ARRAYS)}
        return sorted(claimed - {card.version for card in self.cards()})

    def card(self, version: int) -> Card:
        """Return the card of one version.

        Raises:
            UnknownName: there is no such version.
        """
        try:
            return self._read_card(self._key(version, CARD))
        except NotFound:
            known = ", ".join(str(card.version) for card in self.cards()) or "none"
            raise UnknownName(
                f"{self._problem} has no version {version}; registered are: {known}."
            ) from None

    def files(self, version: int) -> tuple[bytes, bytes]:
        """Return the model's files, each the very bytes that were registered.

        Raises:
            ModelDamaged: a file is gone or its sha256 is another one; nothing was parsed.
        """
        try:
            card = self.card(version)
        except UnknownName as error:
            raise ModelDamaged(f"It cannot be served: {error.detail}") from None
        arrays, description = (
            self._checked(version, name, card.model[name]) for name in (ARRAYS, DESCRIPTION)
        )
        return arrays, description

    def load(self, version: int) -> Model:
        """Return the model of one version, its sha256 checked before a byte is parsed."""
        return Model.from_bytes(*self.files(version))

    def champion(self) -> Champion:
        """Return the champion's record; without history when nothing was promoted yet."""
        return self.champion_unless(Champion()) or Champion()

    def champion_unless(self, known: Champion) -> Champion | None:
        """Return the champion's record, or None when it is still the one that is `known`."""
        try:
            found = self._store.get(f"{self._root}/champion.json", unless_version=known.stored)
        except NotFound:
            return None if not known.stored else Champion()
        if found is None:
            return None
        data, info = found
        try:
            stored = json.loads(data)
            history = tuple(_read_move(move) for move in stored["history"])
            barred = tuple(int(version) for version in stored["barred"])
        except (ValueError, KeyError, TypeError) as error:
            raise ModelDamaged(f"{self._root}/champion.json is not readable: {error!r}.") from error
        return Champion(history, barred, info.version)

    def champion_model(self) -> tuple[int, Model]:
        """Return the version that serves, and its model.

        Raises:
            NoChampion: nothing was promoted yet.
        """
        version = self.champion().version
        if not version:
            raise NoChampion(f"{self._problem} has no champion yet: ingest a labelled file first.")
        return version, self.load(version)

    def promote(
        self, version: int, *, by: str, why: str, at: datetime, expected: Champion | None = None
    ) -> Champion:
        """Make a later version the champion; it is barred no more.

        Raises:
            Conflict: the champion is no longer the `expected` one.
            Rejected: the version serves already, or is older than the champion: only a
                rollback goes back.
        """
        now = expected or self.champion()
        if version == now.version:
            raise Rejected(f"Version {version} serves already.")
        if version < now.version:
            raise Rejected(
                f"Version {version} is older than the champion, version {now.version}; "
                "going back is done by a rollback."
            )
        self.card(version)  # first, for its sentence about a version that is not there
        self.load(version)
        barred = tuple(v for v in now.barred if v != version)
        return self._move(now, Move(version, at.isoformat(), by, why, "promote"), barred)

    def rollback(self, *, by: str, why: str, at: datetime) -> Champion:
        """Bring back the champion before this one, and bar this one.

        Raises:
            NoChampion: there is no champion.
            Rejected: none came before it.
        """
        now = self.champion()
        if not now.version:
            raise NoChampion(f"{self._problem} has no champion yet; nothing to roll back.")
        barred = (*now.barred, now.version)
        earlier = [m.version for m in now.history if m.version not in barred]
        if not earlier:
            raise Rejected(f"No version served before version {now.version}: no way back.")
        self.load(earlier[-1])
        return self._move(now, Move(earlier[-1], at.isoformat(), by, why, "rollback"), barred)

    def _move(self, now: Champion, move: Move, barred: tuple[int, ...]) -> Champion:
        history = (*now.history, move)
        document = {
            "version": move.version,
            "since": move.since,
            "by": move.by,
            "why": move.why,
            "barred": barred,
            "history": [asdict(m) for m in history],
        }
        data = (json.dumps(document, indent=1) + "\n").encode()
        info = self._store.put(f"{self._root}/champion.json", data, if_version=now.stored)
        return Champion(history, barred, info.version)

    def _claim(self, arrays: bytes) -> int:
        numbers = [int(info.key.split("/")[3]) for info in self._objects()]
        for version in count(max(numbers, default=0) + 1):
            try:
                self._store.put(self._key(version, ARRAYS), arrays, if_version=0)
            except Conflict:
                continue
            return version
        raise AssertionError("count() never ends")

    def _checked(self, version: int, name: str, expected: StoredFile) -> bytes:
        key = self._key(version, name)
        try:
            found = self._store.get(key)
        except NotFound:
            raise ModelDamaged(f"{key} is gone; version {version} cannot be served.") from None
        data = found[0] if found else b""
        if StoredFile.of(data) != expected:
            raise ModelDamaged(
                f"{key} is not the file that was registered: its sha256 or size differs."
            )
        return data

    def _objects(self) -> Iterator[ObjectInfo]:
        return self._store.list(f"{self._root}/versions/")

    def _read_card(self, key: str) -> Card:
        found = self._store.get(key)
        return Card.from_bytes(found[0] if found else b"", key)

    def _key(self, version: int, name: str) -> str:
        return f"{self._root}/versions/{version}/{name}"


def _read_move(stored: dict[str, Any]) -> Move:
    if type(stored["version"]) is not int:
        raise TypeError("a version is a whole number")
    return Move(**stored)
