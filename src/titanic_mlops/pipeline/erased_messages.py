"""A person's predictions and dead letters leave their tables, and the spool."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.pipeline.person import Person
from titanic_mlops.pipeline.spool import folder_of
from titanic_mlops.ports import Ports, Value
from titanic_mlops.tables import erasures as sql


def delete_predictions(person: Person, asked: Mapping[str, Value], ports: Ports) -> int:
    """Delete the predictions that were asked for the person; return how many there were."""
    problem = person.problem
    count = _delete_spooled(person, ports)
    count += ports.warehouse.execute(sql.delete_predictions_by_key(problem), asked)
    for known in person.values:
        values = {f"value_{n}": known[name] for n, name in enumerate(problem.personal_columns)}
        count += ports.warehouse.execute(sql.delete_predictions_by_values(problem), values)
    return count


def delete_dead_letters(person: Person, ports: Ports) -> int:
    """Delete the dead letters that hold a record of the person; return how many there were."""
    count = 0
    for row in ports.warehouse.query(sql.DEAD_LETTERS).to_pylist():
        if person.asked_for(row["data"] or b"{}"):
            count += ports.warehouse.execute(sql.DELETE_DEAD_LETTER, row)
    return count


def _delete_spooled(person: Person, ports: Ports) -> int:
    count = 0
    for info in list(ports.storage.list(folder_of(person.problem))):
        with suppress(NotFound, Conflict):  # a sweep has republished it
            found = ports.storage.get(info.key)
            records = found[0].split(b"\n") if found else []
            kept = [record for record in records if not person.asked_for(record)]
            if len(kept) < len(records):
                data = b"\n".join(kept)
                if kept:
                    ports.storage.put(info.key, data, if_version=info.version)
                else:
                    ports.storage.delete(info.key, if_version=info.version)
                count += len(records) - len(kept)
    return count
