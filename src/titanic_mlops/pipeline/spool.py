"""Prediction records that could not be published: kept in the object store until they can be."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from titanic_mlops.errors import NotFound
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.ports import ServingPorts
from titanic_mlops.problems.base import Problem


def spool(records: Sequence[bytes], problem: Problem, ports: ServingPorts) -> None:
    """Write records as one new object of JSON lines.

    Raises:
        PortError: the object store could not be written.
    """
    key = f"{folder_of(problem)}{uuid4()}.jsonl"
    ports.storage.put(key, b"\n".join(records), if_version=0)


def republish(problem: Problem, ports: ServingPorts) -> int:
    """Publish every spooled record, remove it from the spool and return how many there were.

    A crash before the removal publishes records twice; readers count each uuid once.
    """
    count = 0
    for info in list(ports.storage.list(folder_of(problem))):
        try:
            found = ports.storage.get(info.key)
        except NotFound:  # a concurrent sweep has republished it
            continue
        records = found[0].split(b"\n") if found else []
        ports.bus.publish_all(PREDICTIONS, records, {"problem": problem.name})
        ports.storage.delete(info.key)
        count += len(records)
    return count


def folder_of(problem: Problem) -> str:
    """Return where a problem's records are spooled."""
    return f"spool/{problem.name}/"
