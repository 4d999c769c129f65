"""How the model reads a column: one class for each way."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BUCKETS = 1 << 16


@dataclass(frozen=True, slots=True)
class Numeric:
    """Feed a number to the model, the training median where it is missing, and that it was."""

    column: str


@dataclass(frozen=True, slots=True)
class OneHot:
    """Feed one 0/1 input per level seen at least `min_count` times in training.

    With `pattern`, the level is the first group that it finds in the text. Rarer and
    unseen levels share one more input; a missing value sets none.
    """

    column: str
    pattern: str = ""
    min_count: int = 10


@dataclass(frozen=True, slots=True)
class HashedWords:
    """Feed counts of lower-cased words, hashed into `buckets` inputs, 65,536 at most."""

    column: str
    buckets: int = 256


Feature = Numeric | OneHot | HashedWords
