"""A record's columns, read from its annotations."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

Scalar = str | int | float | None
Record = Mapping[str, Scalar]
"""One row: a value for every column that is known. A declared record is a `TypedDict` of it.

A boolean is True or False; a date and a time are text in ISO 8601; the members of a set are one
text, sorted and separated as in a file. So each value has one form in JSON, Parquet and SQL.
"""

ColumnType = (
    type[int] | type[float] | type[bool] | type[str] | type[date] | type[datetime] | type[list[str]]
)

INT64_RANGE = (-(2**63), 2**63 - 1)
FLOAT64_RANGE = (-sys.float_info.max, sys.float_info.max)

_TYPES = (int, float, bool, str, date, datetime)
_HOW_TO_WRITE = 'write Annotated[type, Column(description="…")]'
_MAY_BE = (
    'write int, float, bool, str, date, datetime, Literal["a", "b"] or list[str], '
    "with | None if it may be missing"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Say what one column means and which values it may hold.

    A declaration writes only what the type cannot say: `minimum` and `maximum` are
    inclusive and in `unit`, `max_length` is in characters, `personal` marks what identifies
    a person. `header` is the column's name in files, where it is another than the field's;
    `unknown` are values that mean a missing one, such as -1; `words` are what files write for
    False and True; `separator` stands between the members of a set.

    Read from the annotation: `name`; `type`, int, float, bool, str, date, datetime or list;
    `categories`, from a `Literal`; `nullable`, from `| None`; `optional`, from
    `NotRequired`: a request may lack the column, and so may a file if it is nullable, too.
    """

    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 200
    personal: bool = False
    header: str = ""
    unknown: tuple[Scalar, ...] = ()
    words: tuple[str, str] = ("false", "true")
    separator: str = "|"
    name: str = ""
    type: ColumnType = str
    categories: tuple[str, ...] = ()
    nullable: bool = False
    optional: bool = False

    @property
    def meaning(self) -> str:
        """Return the description with its unit."""
        return self.description + (f", in {self.unit}" if self.unit else "")

    @property
    def file_name(self) -> str:
        """Return the column's name in the header of a file."""
        return self.header or self.name

    @property
    def is_number(self) -> bool:
        """Return whether values are whole or decimal numbers."""
        return self.type in (int, float)

    @property
    def is_set(self) -> bool:
        """Return whether values are sets of members."""
        return self.type is list

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the inclusive range of a number, which 64 bits can hold."""
        low, high = INT64_RANGE if self.type is int else FLOAT64_RANGE
        return (
            low if self.minimum is None else max(low, self.minimum),
            high if self.maximum is None else min(high, self.maximum),
        )

    @property
    def may_be_absent_from_file(self) -> bool:
        """Return whether a file may lack the column: its values are then null."""
        return self.optional and self.nullable


def read_columns(record: type) -> tuple[dict[str, Column], dict[str, str]]:
    """Return the columns of a record by name, and what is wrong with those that cannot be read."""
    columns: dict[str, Column] = {}
    faults: dict[str, str] = {}
    for name, annotation in getattr(record, "__annotations__", {}).items():
        read = _read_column(name, annotation, record.__module__)
        if isinstance(read, Column):
            columns[name] = read
        else:
            faults[name] = read
    return columns, faults


def _read_column(name: str, annotation: object, module: str) -> Column | str:
    # one class for each annotation: a name that is not defined costs its own column only
    holder = type("OneColumn", (), {"__annotations__": {name: annotation}, "__module__": module})
    try:
        hint = get_type_hints(holder, include_extras=True)[name]
    except Exception as error:  # noqa: BLE001 an annotation may hold any expression
        return f"cannot be read, {type(error).__name__}: {error}; {_HOW_TO_WRITE}"
    optional = get_origin(hint) is NotRequired
    annotated = get_args(hint)[0] if optional else hint
    column = next((a for a in get_args(annotated)[1:] if isinstance(a, Column)), None)
    if get_origin(annotated) is not Annotated or column is None:
        return f"has no Column; {_HOW_TO_WRITE}"
    read = _read_type(get_args(annotated)[0])
    return read if isinstance(read, str) else replace(column, name=name, optional=optional, **read)


def _read_type(hint: object) -> dict[str, Any] | str:
    """Return type, categories and nullability of `int | None`, `Literal["a", "b"]`, ..."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    types = [member for member in members if member is not NoneType]
    if len(types) != 1:
        found = " or ".join(map(_name_of, types))
        return f"may be {found or 'null only'}; write one type, with | None if it may be missing"
    (member,) = types
    is_set = get_origin(member) is list
    inner = get_args(member)[0] if is_set else member
    literal = get_origin(inner) is Literal
    categories = get_args(inner) if literal else ()
    if literal and not categories:
        return 'has no categories; write them, as in Literal["a", "b"]'
    if not literal and inner not in ((str,) if is_set else _TYPES):
        return f"has the type {_name_of(member)}; {_MAY_BE}"
    return {
        "type": list if is_set else str if literal else inner,
        "categories": categories,
        "nullable": NoneType in members,
    }


def _name_of(hint: object) -> str:
    # list[int] is an instance of type, too: its name lacks what it holds
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
