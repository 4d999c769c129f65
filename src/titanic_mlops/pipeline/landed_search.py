"""Which landed files hold a record, and where: their bytes are kept until they expire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from titanic_mlops.errors import FileRejected, NotFound
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ingestion.header import read_header
from titanic_mlops.ingestion.identity import Identity
from titanic_mlops.ingestion.notes import Notes
from titanic_mlops.ingestion.skipped import row_records
from titanic_mlops.ledger import file_id_of
from titanic_mlops.pipeline.landed_file import copy_landed
from titanic_mlops.ports import ObjectInfo, Ports
from titanic_mlops.problems.base import Problem, Record


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A landed file and the numbers of its rows of the record.

    `people` are the personal values of these rows. `readable` is False if the file is no table,
    so that it cannot be known whose rows it holds.
    """

    file: str
    file_id: str
    row_numbers: tuple[int, ...] = ()
    people: tuple[Record, ...] = ()
    readable: bool = True


@dataclass(slots=True)
class _Found:
    row_numbers: list[int] = field(default_factory=list)
    people: list[Record] = field(default_factory=list)


def search_landed(record_id: str, problem: Problem, ports: Ports) -> Iterator[LandedFile]:
    """Yield the landed files that hold the record, and those that cannot be read."""
    for info in ports.landing.list(f"{problem.name}/"):
        if info.key.endswith("/"):
            continue
        event = ObjectFinalized(ports.landing_bucket, info.key, info.version)
        file_id = file_id_of(event)
        try:
            found = _search(info, record_id, problem, ports)
        except NotFound:  # deleted or replaced meanwhile
            continue
        except FileRejected:
            yield LandedFile(info.key, file_id, readable=False)
            continue
        if found.row_numbers:
            yield LandedFile(info.key, file_id, tuple(found.row_numbers), tuple(found.people))


def _search(info: ObjectInfo, record_id: str, problem: Problem, ports: Ports) -> _Found:
    found = _Found()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "landed"
        copy_landed(info, path, ports)
        header = read_header(path, problem, info.key)
        identity = Identity(problem, header)
        with path.open("rb") as stream:
            stream.seek(header.end)
            for number, record in zip(count(1), row_records(stream, header, Notes()), strict=False):
                if identity.record_id(record.data) == record_id:
                    found.row_numbers.append(number)
                    found.people.append(identity.personal_values(record.data))
    return found
