"""From a problem to the JSON schemas of a request and of a prediction (draft 2020-12)."""

from __future__ import annotations

from typing import Any

from titanic_mlops.learning.tasks import task_of
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.rules.values import DECIMAL, INTEGER, MAX_DIGITS, must_be

_NUMBER = {"type": "number"}


def request_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of one request: it accepts what `read_request` accepts, and nothing else.

    A number written as text is the one exception. Its pattern cannot say a range: `contentSchema`
    says it, which JSON Schema treats as an annotation. A validator that does not assert it accepts
    a text out of range, and `read_request` rejects it.
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


def answer_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of one prediction: the members of every task, and those of its own."""
    shape = task_of(problem).answer_schema(problem)
    contributions = {
        "description": "of columns and groups of columns",
        "type": "object",
        "additionalProperties": _NUMBER,
    }
    return {
        "type": "object",
        **shape,
        "properties": {
            **shape["properties"],
            "uuid": {"type": "string", "format": "uuid"},
            "model_version": {"type": "integer", "minimum": 1},
            "record": {
                "description": "present until the record is queued",
                "const": "deferred",
            },
            "score": {"description": "baseline plus all contributions", **_NUMBER},
            "baseline": {"description": "the average score", **_NUMBER},
            "contributions": contributions,
        },
        "required": [*shape["required"], "uuid", "model_version"],
        "dependentRequired": {"contributions": ["score", "baseline"]},
    }


def _property(column: Column) -> dict[str, Any]:
    choices = [_value_schema(column)]
    if column.type is not str:
        choices.append(_number_as_text(column, choices[0]))
    if column.nullable or column.optional:
        choices += [{"type": "null"}, {"const": ""}]
    shape = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {"description": column.meaning, **shape}


def _number_as_text(column: Column, number: dict[str, Any]) -> dict[str, Any]:
    form = INTEGER if column.type is int else DECIMAL
    return {
        "description": f"{must_be(column).removeprefix('must be ')}, as text",
        "type": "string",
        "maxLength": MAX_DIGITS,
        "pattern": f"^{form}$",
        "contentMediaType": "application/json",
        "contentSchema": number,
    }


def _value_schema(column: Column) -> dict[str, Any]:
    if column.categories:
        return {"enum": list(column.categories)}
    if column.type is str:
        length = {"minLength": 1, "maxLength": column.max_length}
        return {"type": "string", **length, "pattern": r"^[^\x00]*$"}
    low, high = column.bounds
    kind = "integer" if column.type is int else "number"
    return {"type": kind, "minimum": low, "maximum": high}
