"""Which changes of a table's schema are compatible, and which are lossy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Field = Mapping[str, Any]
"""A column of a schema file: `name`, `type`, `mode` and, for a record, `fields`."""


def lossy_changes(table: str, before: Sequence[Field], after: Sequence[Field]) -> Iterator[str]:
    """Yield a sentence for each lossy change: one that would lose rows, or a column of them.

    Compatible are a new column that is not REQUIRED, REQUIRED to NULLABLE, another description
    and another order. For any other change but a dropped column, Terraform replaces the table
    by an empty one. See "Modifying table schemas" in BigQuery's documentation.
    """
    known = {field["name"].lower(): field for field in before}
    wanted = {field["name"].lower(): field for field in after}
    for name, field in known.items():
        if name not in wanted:
            yield f"{table}.{field['name']} would be dropped; keep it declared, it may stay empty."
    for name, field in wanted.items():
        column = f"{table}.{field['name']}"
        if name in known:
            yield from _changes(column, known[name], field)
        elif _mode(field) == "REQUIRED":
            yield f"{column} is new and REQUIRED, but old rows lack it; make it NULLABLE."


def _changes(column: str, before: Field, after: Field) -> Iterator[str]:
    if before["name"] != after["name"]:
        yield f"{column} was {before['name']}; keep the name in the same case."
    if before["type"] != after["type"]:
        yield f"{column} is {before['type']}, not {after['type']}; keep it, and add a new column."
    was, is_now = _mode(before), _mode(after)
    if was != is_now and (was, is_now) != ("REQUIRED", "NULLABLE"):
        yield f"{column} is {was}, not {is_now}; only REQUIRED may become NULLABLE."
    yield from lossy_changes(column, before.get("fields", ()), after.get("fields", ()))


def _mode(field: Field) -> str:
    return str(field.get("mode") or "NULLABLE")
