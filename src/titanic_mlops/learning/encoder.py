"""Encode a record as the numbers that a model reads; training and serving share this code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.encodings import (
    DatePartsEncoding,
    Encoding,
    MembersEncoding,
    NumericEncoding,
    OneHotEncoding,
    OrderedEncoding,
    WordsEncoding,
)
from titanic_mlops.learning.parts import level_reader, part_reader, words_of
from titanic_mlops.problems.base import (
    Column,
    DateParts,
    Feature,
    Members,
    Numeric,
    OneHot,
    Ordered,
    Problem,
    Record,
    Scalar,
    Words,
)

MAX_LEVELS = 50  # of one column: 80,000 rows with 8,000 titles take 0.1 GB, not 3 GB

_KINDS: dict[str, type[Encoding]] = {
    "numeric": NumericEncoding,
    "one_hot": OneHotEncoding,
    "ordered": OrderedEncoding,
    "members": MembersEncoding,
    "words": WordsEncoding,
    "date_parts": DatePartsEncoding,
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


def fit_encoder(
    problem: Problem, records: Sequence[Record], features: Sequence[Feature] | None = None
) -> Encoder:
    """Learn medians, levels and words of the features, of all by default, from training records."""
    chosen = problem.features if features is None else features
    return Encoder(
        [
            _fit(f, problem.by_name[f.column], [record.get(f.column) for record in records])
            for f in chosen
        ]
    )


def _fit(feature: Feature, column: Column, values: Sequence[Scalar]) -> Encoding:
    present = [value for value in values if value is not None]
    match feature:
        case Numeric(name):
            return NumericEncoding(name, _median(map(float, present)))
        case Ordered(name):
            order = {level: place for place, level in enumerate(column.categories)}
            fill = _median(order[str(value)] for value in present)
            return OrderedEncoding(name, column.categories, fill)
        case OneHot(name, pattern, min_count):
            counts = Counter(map(level_reader(pattern), present))
            return OneHotEncoding(name, _levels(counts, min_count), pattern)
        case Members(name, min_count):
            separator = column.separator
            counts = Counter(m for text in present for m in str(text).split(separator) if m)
            return MembersEncoding(name, _levels(counts, min_count), separator)
        case Words(name, min_count, most):
            counts = Counter(word for text in present for word in set(words_of(text)))
            return WordsEncoding(name, _levels(counts, min_count, most))
        case DateParts(name, parts, since):
            first = since.isoformat() if since else ""
            read = list(map(part_reader(parts, first), present))
            fills = tuple(map(_median, zip(*read, strict=True))) if read else (0.0,) * len(parts)
            return DatePartsEncoding(name, parts, first, fills)


def _median(numbers: Iterable[float]) -> float:
    """Return the median, 0 where there are no numbers."""
    found = list(numbers)
    return float(median(found)) if found else 0.0


def _levels(counts: Counter[str], min_count: int, most: int = MAX_LEVELS) -> tuple[str, ...]:
    """Return the most frequent levels, sorted; of equally frequent ones the first in that order."""
    frequent = sorted(sorted(counts), key=counts.__getitem__, reverse=True)[:most]
    return tuple(sorted(level for level in frequent if counts[level] >= min_count))


def _encoding_from_json(encoding: Mapping[str, Any]) -> Encoding:
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in encoding.items()
        if name != "kind"
    }
    return _KINDS[encoding["kind"]](**plain)
