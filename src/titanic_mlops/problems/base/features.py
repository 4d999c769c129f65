"""How the model reads a column: one class for each way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

PARTS = ("year", "month", "weekday", "hour", "days")


@dataclass(frozen=True, slots=True)
class Numeric:
    """Feed a number to the model, the training median where it is missing, and that it was.

    A boolean is read as 0 or 1. With `monotone` 1 the score never falls as the number grows, with
    -1 it never rises: declare what is certain, for it costs quality.
    """

    column: str
    monotone: Literal[-1, 0, 1] = 0


@dataclass(frozen=True, slots=True)
class Ordered:
    """Feed a category to the model as its place in the declared order, and that it is missing."""

    column: str
    monotone: Literal[-1, 0, 1] = 0


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
class Members:
    """Feed one 0/1 input per member of a set that is seen `min_count` times in training."""

    column: str
    min_count: int = 10


@dataclass(frozen=True, slots=True)
class Words:
    """Feed one 0/1 input per lower-cased word that is seen `min_count` times in training.

    The `most` most frequent words are read.
    """

    column: str
    min_count: int = 10
    most: int = 500


@dataclass(frozen=True, slots=True)
class DateParts:
    """Feed parts of a date to the model: year, month, weekday (Monday is 0), hour, days.

    `days` counts from the declared date `since`, never from today: a prediction must not change
    with the day on which it is asked for.
    """

    column: str
    parts: tuple[str, ...] = ("year", "month", "weekday")
    since: date | None = None


Feature = Numeric | Ordered | OneHot | Members | Words | DateParts
