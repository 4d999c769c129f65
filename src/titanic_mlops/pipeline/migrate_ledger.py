"""Ledger entries of a former version, which kept those of all problems in one folder."""

from __future__ import annotations

import json
import logging
from contextlib import suppress

from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.ledger import FOLDER
from titanic_mlops.ports import ObjectStore
from titanic_mlops.problems.base import Problem

log = logging.getLogger("titanic_mlops.migrate")


def move_entries(problem: Problem, storage: ObjectStore) -> int:
    """Move the problem's entries into its own folder; return how many there were.

    A crash leaves entries behind, and the next call continues. A marker says that none is left, so
    that later calls do not list the folder.
    """
    marker = f"migrations/{problem.name}/ledger.json"
    if storage.stat(marker):
        return 0
    former = [info.key for info in storage.list(FOLDER) if "/" not in info.key.removeprefix(FOLDER)]
    moved = sum(_move(key, problem, storage) for key in former)
    with suppress(Conflict):  # another process has ended the migration
        storage.put(marker, b"{}\n", if_version=0)
    return moved


def _move(key: str, problem: Problem, storage: ObjectStore) -> int:
    try:
        found = storage.get(key)
        if found is None or json.loads(found[0])["problem"] != problem.name:
            return 0
    except NotFound:  # another process has moved it
        return 0
    except (ValueError, KeyError, TypeError):
        log.warning("%s is not a readable ledger entry; it stays where it is.", key)
        return 0
    target = f"{FOLDER}{problem.name}/{key.removeprefix(FOLDER)}"
    data, info = found
    with suppress(Conflict):  # a crash came before the deletion
        storage.put(target, data, if_version=0)
    with suppress(Conflict, NotFound):
        storage.delete(key, if_version=info.version)
    return 1
