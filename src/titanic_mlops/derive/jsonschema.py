"""From a problem to the JSON schemas of a prediction request and of its answer (draft 2020-12)."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from titanic_mlops.learning.tasks import task_of
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.rules.ranges import integers, numbers
from titanic_mlops.rules.values import DECIMAL, MAX_DIGITS

_NUMBER = {"type": "number"}


def request_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of one request: it accepts what `read_request` does, and nothing else.

    Two texts of a number are the exception: one beyond a bound that float64 rounds to the bound
    is refused, and one beyond a bound that is itself a fraction is accepted.
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
    """Return the schema of one answer: what every task answers, and what this one adds."""
    shape = task_of(problem).answer_schema(problem)
    return {
        "type": "object",
        **shape,
        "properties": {
            **shape["properties"],
            "uuid": {"type": "string", "format": "uuid"},
            "model_version": {"type": "integer", "minimum": 1},
            "record": {"description": "present when it is kept later", "const": "deferred"},
            "score": {"description": "baseline plus all contributions", **_NUMBER},
            "baseline": {"description": "the score on average", **_NUMBER},
            "contributions": {"type": "object", "additionalProperties": _NUMBER},
        },
        "required": [*shape["required"], "uuid", "model_version"],
        "dependentRequired": {"contributions": ["score", "baseline"]},
    }


def _property(column: Column) -> dict[str, Any]:
    choices = [_value_schema(column)]
    if column.type is not str:
        pattern = f"^{_text_pattern(column)}$"
        choices.append({"type": "string", "maxLength": MAX_DIGITS, "pattern": pattern})
    if column.nullable or column.optional:
        choices += [{"type": "null"}, {"const": ""}]
    shape = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {"description": column.meaning, **shape}


def _text_pattern(column: Column) -> str:
    """Return the pattern of a number as text; without its range, where a bound is a fraction."""
    low, high = column.bounds
    if column.type is int:
        return integers(ceil(low), floor(high))
    if low == int(low) and high == int(high):
        return numbers(int(low), int(high))
    return f"(?:{DECIMAL})"


def _value_schema(column: Column) -> dict[str, Any]:
    if column.categories:
        return {"enum": list(column.categories)}
    if column.type is str:
        length = {"minLength": 1, "maxLength": column.max_length}
        return {"type": "string", **length, "pattern": r"^[^\x00]*$"}
    low, high = column.bounds
    kind = "integer" if column.type is int else "number"
    return {"type": kind, "minimum": low, "maximum": high}
