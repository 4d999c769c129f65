"""Rows of a warehouse become a CSV in the landing bucket; the ledger keeps where they came from.

What is known of an extraction is stored first, under the name of the file that is then landed, so
that whichever process ingests the file finds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.ledger import Entry
from titanic_mlops.pipeline.extracted_csv import write_csv
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

FOLDER = "extracted/"
MOST_ROWS = 1_000_000
"""Rows of one extraction: they are in memory at once."""
_TABLE = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_FROM = re.compile(r"\bFROM\s+[`\"]?([\w.-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A warehouse that rows are extracted from: its dataset's name, and the first rows of a SELECT.

    `look` raises Rejected, NotFound or Unavailable as `Warehouse.look` does.
    """

    dataset: str
    look: Callable[[str, int], pa.Table]


@dataclass(frozen=True, slots=True)
class Extraction:
    """Where an extracted file's rows came from, and how many rows and columns the query gave."""

    dataset: str
    table: str
    query: str
    rows: int
    columns: int


def extract(
    query: str, table: str, source: Source, problem: Problem, ports: Ports, folder: Path
) -> tuple[Path, Extraction]:
    """Write the rows of a SELECT as a CSV into `folder`; return its path and what it holds.

    `table` names the file; without it, the first table of the query does. The file is to be landed
    in the problem's `extracted/` folder, under its own name.

    Raises:
        Rejected: the query is refused, gives no row, too many, lacks a column, or holds what a
            CSV in the problem's dialect cannot.
        NotFound, Unavailable: as the source's `look`.
    """
    named = table or _first_table(query)
    if not re.fullmatch(_TABLE, named):
        raise Rejected(
            f"{named!a} cannot name an extracted file; give --table a name of letters, digits, "
            "underscores, hyphens and dots."
        )
    rows = source.look(query, MOST_ROWS + 1)
    if not 0 < rows.num_rows <= MOST_ROWS:
        found = f"more than {MOST_ROWS:,} rows" if rows.num_rows else "no row"
        raise Rejected(f"The query gives {found}; nothing was landed. Change its WHERE or LIMIT.")
    extraction = Extraction(source.dataset, named, query, rows.num_rows, rows.num_columns)
    data = write_csv(rows, problem)
    path = folder / _claimed_name(extraction, problem, ports)
    path.write_bytes(data)
    return path, extraction


def extraction_of(entry: Entry, ports: Ports) -> dict[str, Any]:
    """Return what is known of an extracted file; nothing of any other file."""
    folder = f"{entry.problem}/{FOLDER}"
    if not entry.file.startswith(folder):
        return {}
    try:
        found = ports.storage.get(_key(entry.problem, entry.file.removeprefix(folder)))
        return dict(json.loads(found[0])) if found else {}
    except (NotFound, ValueError):  # a user has put the file there
        return {}


def _claimed_name(extraction: Extraction, problem: Problem, ports: Ports) -> str:
    """Store what is known of an extraction; return the file's name, which no other one has."""
    time = ports.clock.now().strftime("%Y%m%dT%H%M%S.%fZ")
    data = (json.dumps(asdict(extraction), indent=1) + "\n").encode()
    for number in count(1):
        name = f"{extraction.table}-{time}{f'-{number}' if number > 1 else ''}.csv"
        try:
            ports.storage.put(_key(problem.name, name), data, if_version=0)
        except Conflict:
            continue
        return name
    raise AssertionError("count() never ends")


def _first_table(query: str) -> str:
    found = _FROM.search(query)
    return found[1].rpartition(".")[2] if found else "query"


def _key(problem: str, name: str) -> str:
    return f"extractions/{problem}/{name}.json"
