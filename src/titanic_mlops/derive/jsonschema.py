"""From a problem to the JSON schema of a prediction request (draft 2020-12)."""

from __future__ import annotations

from typing import Any

from titanic_mlops.derive.values import DECIMAL, INTEGER, MAX_DIGITS
from titanic_mlops.problems.base import Column, Problem


def request_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of one request: what `read_request` accepts, as far as it can say.

    A number may be written as text; a range inside such a text is beyond JSON schema.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": problem.record.__name__,
        "description": (problem.record.__doc__ or "").strip(),
        "type": "object",
        "properties": {column.name: _property(column) for column in problem.inputs},
        "required": [c.name for c in problem.inputs if not (c.nullable or c.optional)],
        "additionalProperties": False,
    }


def _property(column: Column) -> dict[str, Any]:
    unit = f", in {column.unit}" if column.unit else ""
    choices = [_value_schema(column)]
    if column.type is not str:
        pattern = INTEGER if column.type is int else DECIMAL
        choices.append({"type": "string", "maxLength": MAX_DIGITS, "pattern": f"^{pattern}$"})
    if column.nullable or column.optional:
        choices += [{"type": "null"}, {"const": ""}]
    shape = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {"description": column.description + unit, **shape}


def _value_schema(column: Column) -> dict[str, Any]:
    if column.categories:
        return {"enum": list(column.categories)}
    if column.type is str:
        length = {"minLength": 1, "maxLength": column.max_length}
        return {"type": "string", **length, "pattern": r"^[^\x00]*$"}
    low, high = column.bounds
    kind = "integer" if column.type is int else "number"
    return {"type": kind, "minimum": low, "maximum": high}
