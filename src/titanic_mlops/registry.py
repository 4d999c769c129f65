"""The versions of a model and its champion, kept in an object store.

A version exists once its card exists. The model's files are written first; the create-only
write of the first file decides which registration gets the number. The champion's moves are
numbered objects, see `moves`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import count

from titanic_mlops.card import Card, StoredFile
from titanic_mlops.champion import PROMOTE, ROLLBACK, Approval, Champion, Move
from titanic_mlops.errors import Conflict, ModelDamaged, NoChampion, NotFound, Rejected, UnknownName
from titanic_mlops.learning.model import Model
from titanic_mlops.moves import Moves
from titanic_mlops.ports import ObjectInfo, ObjectStore

ARRAYS, DESCRIPTION, CARD = "model.npz", "model.json", "card.json"


class Registry:
    """Keep the versions of one problem."""

    def __init__(self, store: ObjectStore, problem: str) -> None:
        self._store = store
        self.problem = problem
        self._root = f"models/{problem}"
        self.moves = Moves(store, problem)

    def register(self, model: tuple[bytes, bytes], card: Callable[[int], Card]) -> Card:
        """Store a model as the next version, with the card made for that number.

        Bytes that are already registered keep their version: its card is returned.
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
        """Return the card of every version, oldest first, without damaged ones."""
        cards = []
        for info in self._objects():
            if info.key.endswith(f"/{CARD}"):
                with suppress(ModelDamaged):
                    cards.append(self._read_card(info.key))
        return sorted(cards, key=lambda card: card.version)

    def orphans(self) -> list[int]:
        """Return the numbers without a readable card: registrations that failed, damaged cards."""
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
                f"{self.problem} has no version {version}; registered versions: {known}."
            ) from None

    def files(self, version: int) -> tuple[bytes, bytes]:
        """Return the bytes of the model's files, exactly as they were registered.

        Raises:
            ModelDamaged: a file is missing or its sha256 differs; no byte was parsed.
        """
        try:
            card = self.card(version)
        except UnknownName as error:
            raise ModelDamaged(f"Version {version} cannot be served: {error.detail}") from None
        arrays, description = (
            self._checked(version, name, card.model[name]) for name in (ARRAYS, DESCRIPTION)
        )
        return arrays, description

    def load(self, version: int) -> Model:
        """Return the model of one version; its sha256 is checked before any byte is parsed."""
        return Model.from_bytes(*self.files(version))

    def champion(self) -> Champion:
        """Return the champion with all its moves; there are none until a version is promoted."""
        return self.moves.champion()

    def champion_model(self) -> tuple[int, Model]:
        """Return the version that serves, and its model.

        Raises:
            NoChampion: no version has been promoted.
            ModelDamaged: its files are not the registered ones, or no move can be read.
        """
        newest = self.moves.newest()
        if newest is None:
            raise NoChampion(f"{self.problem} has no champion yet; ingest a labelled file first.")
        version = newest[1].version
        return version, self.load(version)

    def promote(
        self,
        version: int,
        *,
        by: str,
        why: str,
        at: datetime,
        expected: Champion | None = None,
        approval: Approval | None = None,
    ) -> Champion:
        """Make a version the champion, whatever its number, and lift its bar.

        Without the gate's `approval` a person decided: the version becomes the anchor, and bars
        the one that it replaces if that is newer.

        Raises:
            Conflict: the champion is no longer the `expected` one.
            Rejected: the version already serves.
        """
        now = expected or self.champion()
        if version == now.version:
            raise Rejected(f"Version {version} already serves.")
        self.card(version)  # before the files: its error lists the registered versions
        self.load(version)
        found, since = approval or Approval(anchor=version, taken=0), at.isoformat()
        move = Move(PROMOTE, version, since, by, why, now.version, found.anchor, found.taken)
        return self.moves.add(move, after=now)

    def rollback(self, *, by: str, why: str, at: datetime, serving: int = 0) -> Champion:
        """Make the previous champion the champion again with its anchor, and bar the current one.

        With `serving`, only if that version serves: then a repetition does not go back twice.

        Raises:
            NoChampion: there is no champion.
            Rejected: no earlier champion is left, or another version serves.
        """
        now = self.champion()
        if not now.version:
            raise NoChampion(
                f"{self.problem} has no champion yet, so there is nothing to roll back."
            )
        if serving not in (0, now.version):
            raise Rejected(f"Version {now.version} serves, not version {serving}.")
        if not now.earlier:
            raise Rejected(f"Version {now.version} has no earlier champion to roll back to.")
        version = now.earlier[0]
        self.load(version)
        since, anchor = at.isoformat(), now.anchor_of(version)
        move = Move(ROLLBACK, version, since, by, why, now.version, anchor)
        return self.moves.add(move, after=now)

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
            raise ModelDamaged(
                f"{key} is missing, so version {version} cannot be served."
            ) from None
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
