"""A record's columns, read from its annotations."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

Scalar = str | int | float | None
Record = Mapping[str, Scalar]
"""One row: a value for every column that is known. A declared record is a `TypedDict` of it."""

INT64_RANGE = (-(2**63), 2**63 - 1)
FLOAT64_RANGE = (-sys.float_info.max, sys.float_info.max)

_HOW_TO_WRITE = 'write Annotated[type, Column(description="…")]'


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Say what one column means and which values it may hold.

    A declaration writes only what the type cannot say: `minimum` and `maximum` are
    inclusive and in `unit`, `max_length` is in characters, `personal` marks what identifies
    a person. Read from the annotation: `name`; `type`, int, float or str;
    `categories`, from a `Literal`; `nullable`, from `| None`; `optional`, from
    `NotRequired`: a request may lack the column, and so may a file if it is nullable, too.
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
    def meaning(self) -> str:
        """Return the description with its unit."""
        return self.description + (f", in {self.unit}" if self.unit else "")

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
    literal = get_origin(member) is Literal
    categories = get_args(member) if literal else ()
    if literal and not categories:
        return 'has no categories; write them, as in Literal["a", "b"]'
    if not literal and member not in (int, float, str):
        return f"has the type {_name_of(member)}; {_instead_of(member)}"
    return {
        "type": str if literal else member,
        "categories": categories,
        "nullable": NoneType in members,
    }


def _instead_of(hint: object) -> str:
    if hint is bool:
        return "write int with minimum=0 and maximum=1"
    return 'write int, float, str or Literal["a", "b"], with | None if it may be missing'


def _name_of(hint: object) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint)
