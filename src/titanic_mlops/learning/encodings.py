"""How each kind of feature becomes inputs: fitted, plain, and the same in training and serving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from titanic_mlops.learning.parts import level_reader, part_reader, words_of
from titanic_mlops.problems.base import Scalar

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True)
class NumericEncoding:
    """Two inputs: the number (`fill` if it is missing), and 1 if it is missing, else 0.

    Numbers beyond float32 become the largest float32, because scikit-learn rejects infinities.
    """

    column: str
    fill: float
    kind: str = "numeric"

    def encoder(self) -> Callable[[Scalar], tuple[float, ...]]:
        """Return the function from a value to its inputs."""
        absent = (max(-_LARGEST, min(_LARGEST, self.fill)), 1.0)

        def encode(value: Scalar) -> tuple[float, ...]:
            return absent if value is None else (max(-_LARGEST, min(_LARGEST, float(value))), 0.0)

        return encode

    @property
    def names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return (self.column, f"{self.column} missing")


@dataclass(frozen=True, slots=True)
class OneHotEncoding:
    """One input per level, and a last one for all other levels; a missing value sets none."""

    column: str
    levels: tuple[str, ...]
    pattern: str = ""
    kind: str = "one_hot"

    def encoder(self) -> Callable[[Scalar], tuple[float, ...]]:
        """Return the function from a value to its inputs."""
        unit = np.eye(len(self.levels) + 1).tolist()
        known = {level: tuple(unit[i]) for i, level in enumerate(self.levels)}
        other, absent = tuple(unit[-1]), (0.0,) * len(unit)
        level_of = level_reader(self.pattern)

        def encode(value: Scalar) -> tuple[float, ...]:
            return absent if value is None else known.get(level_of(value), other)

        return encode

    @property
    def names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return tuple(f"{self.column}={level}" for level in (*self.levels, "other"))


@dataclass(frozen=True, slots=True)
class OrderedEncoding:
    """Two inputs: the place of the category in the order, and 1 if it is missing, else 0."""

    column: str
    levels: tuple[str, ...]
    fill: float
    kind: str = "ordered"

    def encoder(self) -> Callable[[Scalar], tuple[float, ...]]:
        """Return the function from a value to its inputs."""
        known = {level: (float(place), 0.0) for place, level in enumerate(self.levels)}
        absent = (self.fill, 1.0)

        def encode(value: Scalar) -> tuple[float, ...]:
            return known.get(value, absent)  # type: ignore[arg-type] # None has no place either

        return encode

    @property
    def names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return (self.column, f"{self.column} missing")


@dataclass(frozen=True, slots=True)
class MembersEncoding:
    """One input per member: 1 if the set holds it, else 0; a last one counts all others."""

    column: str
    levels: tuple[str, ...]
    separator: str
    kind: str = "members"

    def encoder(self) -> Callable[[Scalar], tuple[float, ...]]:
        """Return the function from a set, as text, to its inputs."""
        places = {level: place for place, level in enumerate(self.levels)}
        separator, absent = self.separator, (0.0,) * (len(places) + 1)

        def encode(value: Scalar) -> tuple[float, ...]:
            if not value:
                return absent
            inputs = [0.0] * len(absent)
            for member in str(value).split(separator):
                place = places.get(member, -1)
                inputs[place] = 1.0 if place >= 0 else inputs[-1] + 1.0
            return tuple(inputs)

        return encode

    @property
    def names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return tuple(f"{self.column}={level}" for level in (*self.levels, "other"))


@dataclass(frozen=True, slots=True)
class WordsEncoding:
    """One input per word: 1 if the text holds it, else 0."""

    column: str
    levels: tuple[str, ...]
    kind: str = "words"

    def encoder(self) -> Callable[[Scalar], tuple[float, ...]]:
        """Return the function from a text to its inputs."""
        places = {level: place for place, level in enumerate(self.levels)}

        def encode(value: Scalar) -> tuple[float, ...]:
            inputs = [0.0] * len(places)
            for word in words_of(value):
                if word in places:
                    inputs[places[word]] = 1.0
            return tuple(inputs)

        return encode

    @property
    def names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return tuple(f"{self.column}: {level}" for level in self.levels)


@dataclass(frozen=True, slots=True)
class DatePartsEncoding:
    """One input per part of a date in ISO 8601, and 1 if it is missing, else 0.

    `since` is the day, in ISO 8601, from which the part `days` counts.
    """

    column: str
    parts: tuple[str, ...]
    since: str
    fill: tuple[float, ...]
    kind: str = "date_parts"

    def encoder(self) -> Callable[[Scalar], tuple[float, ...]]:
        """Return the function from a date, as text, to its inputs."""
        absent = (*self.fill, 1.0)
        parts_of = part_reader(self.parts, self.since)

        def encode(value: Scalar) -> tuple[float, ...]:
            return absent if value is None else (*parts_of(value), 0.0)

        return encode

    @property
    def names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return tuple(f"{self.column} {part}" for part in (*self.parts, "missing"))


Encoding = (
    NumericEncoding
    | OneHotEncoding
    | OrderedEncoding
    | MembersEncoding
    | WordsEncoding
    | DatePartsEncoding
)
