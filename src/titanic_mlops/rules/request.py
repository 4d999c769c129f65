"""From a decoded request to the record that the model predicts for, or every fault of it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from titanic_mlops.errors import Fault, RequestInvalid
from titanic_mlops.problems.base import Problem, Scalar
from titanic_mlops.rules.limits import MAX_FAULTS
from titanic_mlops.rules.values import missing, read_json

_SHOWN = 40


def read_request(problem: Problem, request: object) -> dict[str, Scalar]:
    """Return the record of a decoded JSON document, None for each absent column.

    Raises:
        RequestInvalid: naming every faulty field at once.
    """
    if not isinstance(request, Mapping):
        found = "The request is not a JSON object"
        expected = "it must be a JSON object whose names are columns"
        raise RequestInvalid((Fault("", "type", found, expected),))
    faults = [_unknown(problem, name) for name in request if name not in _names(problem)]
    record: dict[str, Scalar] = {}
    for column in problem.inputs:
        may_be_absent = column.nullable or column.optional
        if column.name in request:
            read = read_json(column, request[column.name], may_be_absent=may_be_absent)
        else:
            read = None if may_be_absent else missing(column)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            record[column.name] = read
    if faults:
        raise RequestInvalid(tuple(faults[:MAX_FAULTS]))
    return record


def _names(problem: Problem) -> set[str]:
    return {column.name for column in problem.inputs}


def _unknown(problem: Problem, name: object) -> Fault:
    shown = str(name)[:_SHOWN]
    if name == problem.target:
        return Fault(shown, "target", "is the target", "must be left out")
    close = get_close_matches(shown, _names(problem), n=1)
    expected = f"did you mean {close[0]}?" if close else "must be left out"
    return Fault(shown, "unknown", "is not a field", expected)
