"""The champion's moves as numbered objects: created once, never changed.

The create-only write of the next number decides which of two movers was first. The version
before this one kept all moves in one object, `champion.json`; it is read until the next move,
which first stores its moves one by one.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from titanic_mlops.champion import Champion, Move, champion_of_record
from titanic_mlops.errors import Conflict, ModelDamaged, NotFound
from titanic_mlops.ports import ObjectStore


class Moves:
    """Keep the moves of one problem's champion."""

    def __init__(self, store: ObjectStore, problem: str) -> None:
        self._store = store
        self._folder = f"models/{problem}/moves/"
        self._record = f"models/{problem}/champion.json"

    def champion(self) -> Champion:
        """Return all moves; those that cannot be read are named in `damaged`."""
        numbers = self._numbers()
        if 1 not in numbers:
            try:
                if recorded := self._recorded():
                    return recorded
            except ModelDamaged as error:
                return Champion(damaged=(error.detail,))
        history, damaged = [], []
        for number in numbers:
            try:
                history.append(self._read(number))
            except ModelDamaged as error:
                damaged.append(error.detail)
        return Champion(tuple(history), max(numbers, default=0), tuple(damaged))

    def newest(self) -> tuple[int, Move] | None:
        """Return the newest readable move with the number of the newest one; None without moves.

        Raises:
            ModelDamaged: there are moves, but none can be read.
        """
        numbers = self._numbers()
        if 1 not in numbers and (recorded := self._recorded()) and recorded.history:
            return recorded.number, recorded.history[-1]
        for number in reversed(numbers):
            with suppress(ModelDamaged):
                return numbers[-1], self._read(number)
        if numbers:
            raise ModelDamaged(f"None of the {len(numbers)} moves in {self._folder} is readable.")
        return None

    def newer(self, number: int) -> tuple[int, Move] | None:
        """Return the newest readable move after move `number`, with its number, or None.

        Costs one read while there is no newer move.
        """
        found = None
        while True:
            number += 1
            try:
                found = number, self._read(number)
            except NotFound:
                return found
            except ModelDamaged:
                continue

    def add(self, move: Move, after: Champion) -> Champion:
        """Store the move that follows `after`.

        Raises:
            Conflict: the champion was moved since `after` was read.
        """
        self._store_recorded()
        number = after.number + 1
        try:
            self._store.put(self._key(number), move.to_bytes(), if_version=0)
        except Conflict:
            if not self._holds(number, move):
                raise
        return replace(after, history=(*after.history, move), number=number)

    def _holds(self, number: int, move: Move) -> bool:
        """Return whether a move was stored although the answer to its write was lost."""
        try:
            return self._read(number) == move
        except (ModelDamaged, NotFound):
            return False

    def _store_recorded(self) -> None:
        """Store the moves of `champion.json`, the first one last: it says that all are there."""
        if self._store.stat(self._key(1)):
            return
        try:
            recorded = self._recorded() or Champion()
        except ModelDamaged:
            return  # the next move is then the first one
        for number, move in reversed(list(enumerate(recorded.history, start=1))):
            with suppress(Conflict):  # another process stores the same bytes
                self._store.put(self._key(number), move.to_bytes(), if_version=0)

    def _recorded(self) -> Champion | None:
        try:
            found = self._store.get(self._record)
        except NotFound:
            return None
        return champion_of_record(found[0] if found else b"", self._record)

    def _numbers(self) -> list[int]:
        """Return the numbers of all stored moves, in order."""
        keys = (info.key for info in self._store.list(self._folder))
        names = (key.removeprefix(self._folder).removesuffix(".json") for key in keys)
        return sorted(int(name) for name in names if name.isdecimal())

    def _read(self, number: int) -> Move:
        key = self._key(number)
        found = self._store.get(key)
        return Move.from_bytes(found[0] if found else b"", key)

    def _key(self, number: int) -> str:
        return f"{self._folder}{number}.json"
