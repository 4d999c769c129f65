"""From a table's schema as it was and as it shall be to what forbids that step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Field = Mapping[str, Any]
"""A column as a schema file has it: `name`, `type`, `mode`, perhaps `fields`."""


def refusals(table: str, before: Sequence[Field], after: Sequence[Field]) -> Iterator[str]:
    """Yield a sentence for each change that would cost rows, or a column of them.

    Terraform makes a table anew, and empty, but for these: a new column that is not REQUIRED,
    REQUIRED to NULLABLE, another description, another order, and a column that is dropped.
    See "Modifying table schemas" in BigQuery's documentation.
    """
    known = {field["name"].lower(): field for field in before}
    wanted = {field["name"].lower(): field for field in after}
    for name, field in known.items():
        if name not in wanted:
            yield f"{table}.{field['name']} would be dropped; leave it declared, it may stay empty."
    for name, field in wanted.items():
        column = f"{table}.{field['name']}"
        if name in known:
            yield from _changes(column, known[name], field)
        elif _mode(field) == "REQUIRED":
            yield f"{column} is new and REQUIRED, but old rows lack it; let it be NULLABLE."


def _changes(column: str, before: Field, after: Field) -> Iterator[str]:
    if before["name"] != after["name"]:
        yield f"{column} was {before['name']}; a column keeps its name, upper case or lower."
    if before["type"] != after["type"]:
        yield f"{column} is {before['type']}, not {after['type']}; keep it, and add a new column."
    was, is_now = _mode(before), _mode(after)
    if was != is_now and (was, is_now) != ("REQUIRED", "NULLABLE"):
        yield f"{column} is {was}, not {is_now}; only REQUIRED may become NULLABLE."
    yield from refusals(column, before.get("fields", ()), after.get("fields", ()))


def _mode(field: Field) -> str:
    return str(field.get("mode") or "NULLABLE")
