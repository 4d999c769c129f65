"""A local file is uploaded into the landing bucket."""

from __future__ import annotations

from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import BinaryIO

from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.ports import ObjectInfo, ObjectStore
from titanic_mlops.problems.base import Problem

_CHUNK = 1 << 20


def land(path: Path, problem: Problem, landing: ObjectStore, *, folder: str = "") -> ObjectInfo:
    """Copy a file into the landing bucket atomically, into a `folder/` of the problem's, if given.

    Landed objects are never replaced: different bytes of a known name become name-2, name-3, …,
    which `ledger.uploaded_name` takes back.
    """
    for number in count(1):
        suffix = f"-{number}" if number > 1 else ""
        key = f"{problem.name}/{folder}{path.stem}{suffix}{path.suffix}"
        stored = landing.stat(key)
        if stored and not _holds(landing, stored, path):
            continue
        try:
            with path.open("rb") as file:
                return landing.put(key, file, if_version=stored.version if stored else 0)
        except Conflict:
            continue
    raise AssertionError("count() never ends")


def _holds(landing: ObjectStore, stored: ObjectInfo, path: Path) -> bool:
    """Return whether an object and a file have the same bytes."""
    if stored.size != path.stat().st_size:
        return False
    try:
        with landing.open(stored.key, version=stored.version) as landed:
            digest = _sha256(landed)
    except NotFound:  # another process replaced it meanwhile
        return False
    with path.open("rb") as file:
        return _sha256(file) == digest


def _sha256(stream: BinaryIO) -> str:
    digest = sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
