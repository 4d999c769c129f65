"""From a decoded request to the records that the model predicts for, or every fault of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from titanic_mlops.errors import Fault, RequestInvalid
from titanic_mlops.problems.base import Problem, Scalar
from titanic_mlops.rules.across import broken_rules
from titanic_mlops.rules.faults import missing
from titanic_mlops.rules.limits import MAX_FAULTS, MAX_INSTANCES
from titanic_mlops.rules.values import read_json

INSTANCES, PARAMETERS = "instances", "parameters"
SEND_INSTANCES = 'send {"instances": […]} with the records as JSON objects'
_SHOWN = 40


def records_of(problem: Problem, request: object) -> tuple[list[object], bool]:
    """Return the records of a decoded JSON document, not read yet, and whether it is a batch.

    Raises:
        RequestInvalid: the batch has another form, as other services take it, or other members.
    """
    if isinstance(request, list):
        raise RequestInvalid((Fault("", "type", "The request is a list", SEND_INSTANCES),))
    if not isinstance(request, Mapping):
        return [request], False
    if INSTANCES not in request:
        if faults := tuple(_other_batches(problem, request)):
            raise RequestInvalid(faults)
        return [request], False
    instances = request[INSTANCES]
    faults = tuple(
        _surplus(name, value) for name, value in request.items() if _is_surplus(name, value)
    )
    if not isinstance(instances, list) or not 1 <= len(instances) <= MAX_INSTANCES:
        expected = f"must be a list of 1 to {MAX_INSTANCES} records"
        found = f"has {len(instances)}" if isinstance(instances, list) else "is not a list"
        faults = (*faults, Fault(INSTANCES, "length", found, expected))
    if faults:
        raise RequestInvalid(faults)
    return list(instances), True


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
        may_be_absent = column.name not in problem.required_names
        if column.name in request:
            read = read_json(column, request[column.name], may_be_absent=may_be_absent)
        else:
            read = None if may_be_absent else missing(column)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            record[column.name] = read
    faults.extend(broken_rules(problem, record))
    if faults:
        raise RequestInvalid(tuple(faults[:MAX_FAULTS]))
    return record


def _other_batches(problem: Problem, request: Mapping[str, object]) -> Iterator[Fault]:
    """Yield a fault for each list or object of a document that names no column."""
    if problem.by_name.keys() & request.keys():
        return
    for name, value in request.items():
        if isinstance(value, list | Mapping):
            yield Fault(name[:_SHOWN], "unknown", "is not a field", SEND_INSTANCES)


def _is_surplus(name: str, value: object) -> bool:
    """Return whether a member beside the instances says anything that would be ignored."""
    return name != INSTANCES and not (name == PARAMETERS and value in ({}, None))


def _surplus(name: str, _value: object) -> Fault:
    expected = "must be empty or left out" if name == PARAMETERS else "must be left out"
    return Fault(name[:_SHOWN], "unknown", "is not a field of a batch", expected)


def _names(problem: Problem) -> set[str]:
    return {column.name for column in problem.inputs}


def _unknown(problem: Problem, name: object) -> Fault:
    shown = str(name)[:_SHOWN]
    if name == problem.target:
        return Fault(shown, "target", "is the target", "must be left out")
    close = get_close_matches(shown, _names(problem), n=1)
    expected = f"did you mean {close[0]}?" if close else "must be left out"
    return Fault(shown, "unknown", "is not a field", expected)
