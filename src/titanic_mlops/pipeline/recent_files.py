"""The statistics of the files that were loaded last, in one small object of each problem."""

from __future__ import annotations

import json
from typing import Any

from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.ingestion import Statistics
from titanic_mlops.ledger import Entry
from titanic_mlops.ports import ObjectInfo, Ports

KEPT_FILES = 5
_ATTEMPTS = 5


def recent_statistics(entry: Entry, ports: Ports) -> list[Statistics]:
    """Return the statistics of the last loaded files of earlier generations than this one."""
    files, _ = _read(entry.problem, ports)
    return [file["statistics"] for file in files if file["generation"] < entry.generation]


def remember_statistics(entry: Entry, ports: Ports) -> None:
    """Keep a loaded file's statistics, and those of the newest other files.

    A file is compared with what is kept, so a loss costs a warning and no row: a file that
    loses every race against other writers is left out.
    """
    if not entry.statistics.get("rows"):  # nor has an entry of an older version
        return
    mine = {name: getattr(entry, name) for name in ("file_id", "generation", "statistics")}
    for _ in range(_ATTEMPTS):
        files, stored = _read(entry.problem, ports)
        others = [file for file in files if file["file_id"] != entry.file_id]
        newest = sorted([*others, mine], key=lambda file: (file["generation"], file["file_id"]))
        data = json.dumps({"files": newest[-KEPT_FILES:]}, indent=1).encode()
        try:
            ports.storage.put(_key(entry.problem), data, if_version=stored.version if stored else 0)
        except Conflict:
            continue
        return


def _read(problem: str, ports: Ports) -> tuple[list[dict[str, Any]], ObjectInfo | None]:
    """Return the kept files; none where the object is missing or damaged."""
    try:
        found = ports.storage.get(_key(problem))
    except NotFound:
        return [], None
    data, info = found or (b"", None)
    try:
        return list(json.loads(data)["files"]), info
    except (ValueError, KeyError, TypeError):
        return [], info


def _key(problem: str) -> str:
    return f"contents/{problem}/recent.json"
