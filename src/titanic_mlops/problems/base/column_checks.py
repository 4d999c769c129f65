"""What a column must satisfy by itself; each fault is "what was found; what would be right"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from titanic_mlops.problems.base.columns import INT64_RANGE, Column

PLATFORM_COLUMNS = frozenset(
    {
        *("split", "file_id", "row_number", "generation", "label_generation", "ingested_at"),
        *("record_id", "sequence", "label_file_id", "first_split", "taken"),
        *("uuid", "requested_at", "model_version", "prediction", "probability"),
        *("interval_low", "interval_high"),
    }
)
"""Columns that the platform adds to a record in `training_data` and `predictions_data`."""
BATCH = "instances"
"""The member that makes a request's document a batch."""
MAX_DESCRIPTION = 1024
_TWO_WORDS = 2

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,299}")
_RESERVED_PREFIXES = (
    *("_table_", "_file_", "_partition", "_row_timestamp", "_row_timestamp_", "__root__"),
    *("_colidentifier", "_change_sequence_number", "_change_type", "_change_timestamp"),
)


def name_faults(name: str) -> Iterator[str]:
    """Yield what keeps `name` from naming a column of every table, request and answer."""
    if not _NAME.fullmatch(name):
        yield (
            f"column {name!r} has a name that BigQuery rejects; use at most 300 ASCII letters, "
            "digits and _, and begin with a letter"
        )
    elif name.lower().startswith(_RESERVED_PREFIXES):
        yield f"column {name} has a prefix that BigQuery reserves; begin with a letter"
    elif name.lower() in PLATFORM_COLUMNS:
        yield (
            f"column {name} has the name of the platform's own column {name.lower()}; "
            "choose another name"
        )
    elif name == BATCH:
        yield f"column {name} has the name that marks a batch of requests; choose another name"


def column_faults(column: Column) -> Iterator[str]:
    """Yield what is wrong with a column's description, bounds, length and categories."""
    found = f"column {column.name} has"
    texts = {"description": column.description, "unit": column.unit}
    wrong = {name: text for name, text in texts.items() if not isinstance(text, str)}
    for name, text in wrong.items():
        yield f"{found} the {name} {text!r}; it must be text"
    if not wrong:
        yield from _description_faults(column, found)
    if not column.is_number:
        yield from _text_faults(column, found)
    else:
        yield from _number_faults(column, found)
    yield from _wording_faults(column, found)


def _description_faults(column: Column, found: str) -> Iterator[str]:
    if not column.description.strip():
        yield f"{found} no description; say in a few words what it means"
    if len(column.description) + len(column.unit) > MAX_DESCRIPTION - len(", in "):
        yield f"{found} a long description; BigQuery takes {MAX_DESCRIPTION} characters at most"


def _text_faults(column: Column, found: str) -> Iterator[str]:
    for name in ("minimum", "maximum"):
        if getattr(column, name) is not None:
            kind = "text" if column.type is str else f"a {column.type.__name__}"
            yield f"{found} the {name} {getattr(column, name)!r} but is {kind}; remove the {name}"
    if not _is_whole(column.max_length) or column.max_length < 1:
        yield (
            f"{found} the max_length {column.max_length!r}; it must be a whole number of at least 1"
        )
    for category in column.categories:
        if not isinstance(category, str):
            yield (
                f"{found} the category {category!r}; a category must be text, "
                f'as in Literal["{category}"]'
            )
        elif not category or not category.isprintable():
            yield (
                f"{found} the category {category!a}; a category must be printable text, "
                "write | None where a value may be missing"
            )
        elif column.is_set and column.separator and column.separator in category:
            yield (
                f"{found} the category {category!r}, which contains the separator "
                f"{column.separator!r}; choose another separator"
            )


def _wording_faults(column: Column, found: str) -> Iterator[str]:
    """Yield what keeps files from being read: separator, words of a boolean, unknown values."""
    if not isinstance(column.header, str):
        yield f"{found} the header {column.header!r}; write the column's name in files"
    if not isinstance(column.separator, str) or not column.separator.strip():
        yield f"{found} the separator {column.separator!r}; write the text between two members"
    words = column.words
    texts = {word.casefold() for word in words if isinstance(word, str) and word.strip()}
    if not isinstance(words, tuple) or not len(words) == len(texts) == _TWO_WORDS:
        yield (
            f"{found} the words {words!r}; write two different texts, for False and for True, as "
            'in ("no", "yes")'
        )
    if not isinstance(column.unknown, tuple):
        yield f"{found} unknown={column.unknown!r}; write a tuple, as in (-1,)"
        return
    if column.unknown and not column.nullable:
        yield f"{found} unknown values but may not be null; add | None"
    for value in column.unknown:
        right = (int, float) if column.is_number else (str,)
        if isinstance(value, bool) or not isinstance(value, right):
            yield f"{found} the unknown value {value!r}; it must be a value of the column's type"


def _number_faults(column: Column, found: str) -> Iterator[str]:
    if column.max_length != Column(description="").max_length:
        yield (
            f"{found} the max_length {column.max_length!r} but is a number; "
            "remove the max_length, or write minimum and maximum"
        )
    faults = list(_bound_faults(column, found))
    yield from faults
    low, high = column.minimum, column.maximum
    if not faults and low is not None and high is not None and low > high:
        yield f"{found} the minimum {low} above the maximum {high}; exchange them"


def _bound_faults(column: Column, found: str) -> Iterator[str]:
    for name in ("minimum", "maximum"):
        bound = getattr(column, name)
        if bound is None:
            continue
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            yield f"{found} the {name} {bound!r}; it must be a number"
        elif not math.isfinite(bound):
            yield f"{found} the {name} {bound!r}; it must be finite: remove it if there is none"
        elif column.type is int and (bound != int(bound) or not _fits(int(bound))):
            yield f"{found} the {name} {bound!r} but is an int; write a whole number of 64 bits"


def _fits(number: int) -> bool:
    low, high = INT64_RANGE
    return low <= number <= high


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
