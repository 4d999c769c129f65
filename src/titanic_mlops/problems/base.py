"""What a problem is: one typed record, its target and its features. Everything else is derived."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import NoneType, UnionType
from typing import Annotated, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

CLASSIFICATION = "classification"

Scalar = str | int | float | None
Record = Mapping[str, Scalar]
"""One row: a value for every column that is known. A declared record is a `TypedDict` of it."""

INT64_RANGE = (-(2**63), 2**63 - 1)
FLOAT64_RANGE = (-sys.float_info.max, sys.float_info.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Say what one column means and which values it may hold.

    A declaration writes only what the type cannot say: `minimum` and `maximum` are
    inclusive and in `unit`, `max_length` is in characters, `personal` marks what tells
    who somebody is. Read off the annotation: `name`; `type`, int, float or str;
    `categories`, from a `Literal`; `nullable`, from `| None`; `optional`, from
    `NotRequired`: sources exist that do not know this column at all.
    """

    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 200
    personal: bool = False
    name: str = ""
    type: type[int] | type[float] | type[str] = str
    categories: tuple[str, ...] = ()
    nullable: bool = False
    optional: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the inclusive range of a number, which 64 bits can hold."""
        low, high = INT64_RANGE if self.type is int else FLOAT64_RANGE
        return (
            low if self.minimum is None else max(low, self.minimum),
            high if self.maximum is None else min(high, self.maximum),
        )


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
    """Feed counts of lower-cased words, hashed into `buckets` inputs."""

    column: str
    buckets: int = 256


Feature = Numeric | OneHot | HashedWords


@dataclass(frozen=True)
class Problem:
    """Declare what is predicted, from which record, and how rows are told apart.

    `key` identifies a row; rows that share `split_key` fall on the same side of the
    split; `slices` are columns within which a challenger may not do worse.
    """

    name: str
    title: str
    record: type
    task: Literal["classification", "regression"]
    key: str
    split_key: str
    target: str
    target_labels: tuple[str, ...]
    features: tuple[Feature, ...]
    slices: tuple[str, ...] = ()
    source: str = ""

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns in the order of the record."""
        return tuple(_columns_of(self.record))

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Return the columns by their name."""
        return {column.name: column for column in self.columns}

    @property
    def inputs(self) -> tuple[Column, ...]:
        """Return the columns a prediction request may hold: all but the target."""
        return tuple(column for column in self.columns if column.name != self.target)

    @property
    def feature_columns(self) -> tuple[str, ...]:
        """Return the columns the model reads, in the order of `features`, each once."""
        return tuple(dict.fromkeys(feature.column for feature in self.features))

    @property
    def optional_columns(self) -> tuple[str, ...]:
        """Return the columns that some requests will not have, besides key and target."""
        known = {self.key, self.target}
        return tuple(c.name for c in self.columns if c.optional and c.name not in known)

    def without_optional(self, record: Record) -> dict[str, Scalar]:
        """Return the record as a source that does not know the optional columns sends it."""
        return {n: value for n, value in record.items() if n not in self.optional_columns}


def _columns_of(record: type) -> Iterator[Column]:
    for name, annotation in get_type_hints(record, include_extras=True).items():
        optional = get_origin(annotation) is NotRequired
        annotated = get_args(annotation)[0] if optional else annotation
        if get_origin(annotated) is not Annotated:
            raise TypeError(f"{record.__name__}.{name} lacks Annotated[type, Column(...)]")
        hint, column = get_args(annotated)[:2]
        yield replace(column, name=name, optional=optional, **_read_type(hint))


def _read_type(hint: object) -> dict[str, object]:
    """Return type, categories and nullability of `int | None`, `Literal["a", "b"]`, ..."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    (member,) = (m for m in members if m is not NoneType)
    categories = get_args(member) if get_origin(member) is Literal else ()
    return {
        "type": str if categories else member,
        "categories": categories,
        "nullable": NoneType in members,
    }
