"""From a problem to the JSON schemas of a request and of a prediction (draft 2020-12)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from titanic_mlops.learning.tasks import task_of
from titanic_mlops.problems.base import Column, Problem
from titanic_mlops.problems.base.roles import MULTICLASS
from titanic_mlops.rules.faults import MAX_DIGITS, must_be
from titanic_mlops.rules.values import DATE, DATETIME, DECIMAL, INTEGER, spellings

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
        "properties": {
            column.name: _property(column, required=column.name in problem.required_names)
            for column in problem.inputs
        },
        "required": [column.name for column in problem.required_inputs],
        "additionalProperties": False,
    }


def answer_schema(problem: Problem) -> dict[str, Any]:
    """Return the schema of one prediction: the members of every task, and those of its own."""
    shape = task_of(problem).answer_schema(problem)
    contributions = {
        "description": "of columns, groups of columns, members of sets and words of texts",
        "type": "object",
        "additionalProperties": _NUMBER,
    }
    score = {"description": "baseline plus all contributions", **_NUMBER}
    reasons = {
        "score": score,
        "baseline": {"description": "the average score", **_NUMBER},
        "contributions": contributions,
    }
    groups = {group.name: list(group.columns) for group in problem.groups}
    return {
        **({"x-groups": groups} if groups else {}),
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
            **reasons,
            **_reasons_by_class(problem, reasons),
            **(_in_units(problem) if problem.target_transform else {}),
        },
        "required": [*shape["required"], "uuid", "model_version"],
        "dependentRequired": {"contributions": ["score", "baseline"]},
    }


def _reasons_by_class(problem: Problem, reasons: dict[str, Any]) -> dict[str, Any]:
    """Return the member that explains every class, where each has a score of its own."""
    if problem.task != MULTICLASS:
        return {}
    one = {"type": "object", "properties": reasons, "required": list(reasons)}
    return {
        "classes": {
            "description": "the reasons of every class",
            "type": "object",
            "properties": {str(value): one for value in problem.classes},
        }
    }


def _in_units(problem: Problem) -> dict[str, Any]:
    """Return the members of an explained answer whose logarithm was learned."""
    unit = problem.by_name[problem.target].unit or problem.target
    parts = {"type": "object", "additionalProperties": _NUMBER}
    factors = "by what each contribution multiplies the prediction: its exponential"
    return {
        "factors": {"description": factors, **parts},
        "baseline_amount": {"description": f"the exponential of the baseline, {unit}", **_NUMBER},
        "amounts": {
            "description": f"with baseline_amount they sum to the prediction, {unit}",
            **parts,
        },
    }


def _property(column: Column, *, required: bool) -> dict[str, Any]:
    choices = [_value_schema(column)]
    if column.is_number:
        choices.append(_number_as_text(column, choices[0]))
    if column.type is bool:
        choices.append(
            {"enum": sorted({text for word in column.words for text in spellings(word)})}
        )
    if not required:
        choices += [{"type": "null"}, {"const": ""}]
        if column.is_set:
            choices.append({"type": "array", "maxItems": 0})
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
    if column.is_number:
        low, high = column.bounds
        kind = "integer" if column.type is int else "number"
        return {"type": kind, "minimum": low, "maximum": high}
    if column.is_set:
        return {"type": "array", "items": _member(column), "minItems": 1}
    if column.categories:
        return {"enum": list(column.categories)}
    length = {"minLength": 1, "maxLength": column.max_length}
    schemas: dict[type, dict[str, Any]] = {
        str: {"type": "string", **length, "pattern": r"^[^\x00]*$"},
        bool: {"type": "boolean"},
        date: {"type": "string", "format": "date", "pattern": f"^{DATE}$"},
        # not the format date-time: an offset may be left out
        datetime: {"type": "string", "pattern": f"^{DATETIME}$"},
    }
    return schemas[column.type]


def _member(column: Column) -> dict[str, Any]:
    if column.categories:
        return {"enum": list(column.categories)}
    others = "".join(rf"\x{ord(character):02x}" for character in "\0" + column.separator)
    return {"type": "string", "pattern": rf"^[^{others}]*[^\s{others}][^{others}]*$"}
