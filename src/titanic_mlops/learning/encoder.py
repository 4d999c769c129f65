"""Encode a record as the numbers that a model reads; training and serving share this code."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.problems.base import Feature, HashedWords, Numeric, OneHot, Record, Scalar

_WORD = re.compile(r"\w+")
MAX_BUCKETS = 1 << 16
MAX_LEVELS = 50  # of one column: 80,000 rows with 8,000 titles take 0.1 GB, not 3 GB
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
class HashedWordsEncoding:
    """One input per bucket: the number of lower-cased words of the text that hash to it."""

    column: str
    buckets: int
    kind: str = "hashed_words"

    def encoder(self) -> Callable[[Scalar], tuple[float, ...]]:
        """Return the function from a text to its inputs."""
        if not 1 <= self.buckets <= MAX_BUCKETS:
            raise ValueError(
                f"{self.column} has {self.buckets} buckets; it must have 1 to {MAX_BUCKETS}."
            )

        def encode(value: Scalar) -> tuple[float, ...]:
            counts = [0.0] * self.buckets
            for word in _WORD.findall(str(value or "").lower()):
                counts[zlib.crc32(word.encode(errors="replace")) % self.buckets] += 1
            return tuple(counts)

        return encode

    @property
    def names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return tuple(f"{self.column}#{bucket}" for bucket in range(self.buckets))


Encoding = NumericEncoding | OneHotEncoding | HashedWordsEncoding
_KINDS: dict[str, type[Encoding]] = {
    "numeric": NumericEncoding,
    "one_hot": OneHotEncoding,
    "hashed_words": HashedWordsEncoding,
}


class Encoder:
    """Encode records as float32, the type in which scikit-learn's trees compare."""

    def __init__(self, encodings: Sequence[Encoding]) -> None:
        self.encodings = tuple(encodings)
        self._encoders = [(e.column, e.encoder()) for e in self.encodings]

    def encode(self, record: Record) -> NDArray[np.float32]:
        """Return the inputs of one record, shape (n_inputs,)."""
        inputs: list[float] = []
        for column, encode in self._encoders:
            inputs += encode(record.get(column))
        return np.array(inputs, dtype=np.float32)

    def encode_all(self, records: Iterable[Record]) -> NDArray[np.float32]:
        """Return the inputs of many records, shape (n_records, n_inputs)."""
        rows = [self.encode(record) for record in records]
        return np.stack(rows) if rows else np.empty((0, len(self.input_names)), np.float32)

    @property
    def input_names(self) -> tuple[str, ...]:
        """Return a name for each input."""
        return tuple(name for encoding in self.encodings for name in encoding.names)

    @property
    def input_columns(self) -> tuple[str, ...]:
        """Return the column that each input comes from."""
        return tuple(encoding.column for encoding in self.encodings for _ in encoding.names)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the fitted encodings as plain JSON values."""
        return [asdict(encoding) for encoding in self.encodings]

    @classmethod
    def from_json(cls, encodings: Sequence[Mapping[str, Any]]) -> Encoder:
        """Return the encoder that `to_json` wrote."""
        return cls([_encoding_from_json(encoding) for encoding in encodings])


def fit_encoder(features: Sequence[Feature], records: Sequence[Record]) -> Encoder:
    """Learn medians and levels from the training records."""
    return Encoder([_fit(f, [record.get(f.column) for record in records]) for f in features])


def level_reader(pattern: str) -> Callable[[Scalar], str]:
    """Return the function from a value to its level: the first group of `pattern`, if any.

    Raises:
        ValueError: the pattern has no group.
    """
    if not pattern:
        return str
    compiled = re.compile(pattern)
    if not compiled.groups:
        raise ValueError(f"The pattern {pattern!r} has no group; its first one is the level.")
    search = compiled.search

    def level_of(value: Scalar) -> str:
        found = search(str(value))
        return (found[1] or "") if found else ""

    return level_of


def _fit(feature: Feature, values: Sequence[Scalar]) -> Encoding:
    present = [value for value in values if value is not None]
    match feature:
        case Numeric(column):
            return NumericEncoding(column, float(median(map(float, present))) if present else 0.0)
        case OneHot(column, pattern, min_count):
            counts = Counter(map(level_reader(pattern), present))
            return OneHotEncoding(column, _levels(counts, min_count), pattern)
        case HashedWords(column, buckets):
            return HashedWordsEncoding(column, buckets)


def _levels(counts: Counter[str], min_count: int) -> tuple[str, ...]:
    """Return the most frequent levels, sorted; of equally frequent ones the first in that order."""
    frequent = sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:MAX_LEVELS]
    return tuple(sorted(level for level in frequent if counts[level] >= min_count))


def _encoding_from_json(encoding: Mapping[str, Any]) -> Encoding:
    plain = {name: value for name, value in encoding.items() if name != "kind"}
    if "levels" in plain:
        plain["levels"] = tuple(plain["levels"])
    return _KINDS[encoding["kind"]](**plain)
