"""Changes of a table's schema by their effect on its rows."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Schema = list[dict[str, Any]]
BEFORE: Schema = [
    {"name": "id", "type": "STRING", "mode": "REQUIRED", "description": "a key"},
    {"name": "age", "type": "INT64", "mode": "NULLABLE", "description": "an age"},
    {
        "name": "reasons",
        "type": "RECORD",
        "mode": "REPEATED",
        "fields": [
            {"name": "field", "type": "STRING", "mode": "NULLABLE"},
            {"name": "rule", "type": "STRING", "mode": "NULLABLE"},
        ],
    },
    {"name": "at", "type": "TIMESTAMP", "mode": "REQUIRED"},
]


def _new(mode: str) -> dict[str, str]:
    return {"name": "deck", "type": "STRING", "mode": mode}


COMPATIBLE: dict[str, Callable[[Schema], object]] = {
    "a new NULLABLE column": lambda s: s.append(_new("NULLABLE")),
    "a new column without a mode": lambda s: s.append({"name": "deck", "type": "STRING"}),
    "a new REPEATED column": lambda s: s.append(_new("REPEATED")),
    "a new column in front": lambda s: s.insert(0, _new("NULLABLE")),
    "another order": lambda s: s.reverse(),
    "another description": lambda s: s[0].update(description="the key"),
    "REQUIRED to NULLABLE": lambda s: s[0].update(mode="NULLABLE"),
    "a new column of a record": lambda s: s[2]["fields"].append(_new("NULLABLE")),
}
REPLACING: dict[str, Callable[[Schema], object]] = {
    "a new REQUIRED column": lambda s: s.append(_new("REQUIRED")),
    "another type": lambda s: s[1].update(type="STRING"),
    "a wider type": lambda s: s[1].update(type="FLOAT64"),
    "NULLABLE to REQUIRED": lambda s: s[1].update(mode="REQUIRED"),
    "NULLABLE to REPEATED": lambda s: s[1].update(mode="REPEATED"),
    "another name": lambda s: s[1].update(name="years"),
    "a name in capitals": lambda s: s[1].update(name="Age"),
    "a new REQUIRED column of a record": lambda s: s[2]["fields"].append(_new("REQUIRED")),
    "a record's column dropped": lambda s: s[2]["fields"].pop(),
    "another type in a record": lambda s: s[2]["fields"][0].update(type="INT64"),
}
DROPPING: dict[str, Callable[[Schema], object]] = {"a column dropped": lambda s: s.pop(1)}


def changed(change: Callable[[Schema], object]) -> Schema:
    """Return the schema after one change."""
    after = copy.deepcopy(BEFORE)
    change(after)
    return after
