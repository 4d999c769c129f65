"""The stored rows of a training, read without pandas: serving and ingestion have none.

A snapshot is an immutable object that is named by its sha256. One that holds an erased record is
replaced: an immutable record names the snapshot that is read in its place.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from titanic_mlops.errors import Conflict, NotFound, Rejected, SnapshotDamaged
from titanic_mlops.ports import ObjectStore
from titanic_mlops.problems.base import Problem

_SUFFIX = ".parquet"


def read_table(problem: Problem, storage: ObjectStore, digest: str) -> pa.Table:
    """Return the rows of a snapshot, or of the one that replaced it.

    Raises:
        NotFound: there is no such snapshot.
        SnapshotDamaged: its sha256 is not its name; no byte was parsed.
    """
    try:
        return parse_snapshot(_bytes(problem, storage, digest))
    except NotFound:
        newest = newest_snapshot(problem, storage, digest)
        if newest == digest:
            raise
    return read_table(problem, storage, newest)


def parse_snapshot(data: bytes) -> pa.Table:
    """Return the rows of a snapshot's bytes, which are checked already.

    Raises:
        pyarrow.ArrowInvalid: they are not Parquet.
    """
    # A command may end right after it: Arrow's threads then abort the process as it exits.
    return pq.read_table(io.BytesIO(data), use_threads=False)


def newest_snapshot(problem: Problem, storage: ObjectStore, digest: str) -> str:
    """Return the sha256 of the snapshot that is read in place of this one: its own, if none is."""
    while True:
        try:
            found = storage.get(_replaced_key(problem, digest))
        except NotFound:
            return digest
        digest = str(json.loads(found[0])["by"]) if found else digest


def snapshots(problem: Problem, storage: ObjectStore) -> Iterator[str]:
    """Yield the sha256 of every stored snapshot."""
    folder = snapshot_key(problem, "").removesuffix(_SUFFIX)
    for info in storage.list(folder):
        name = info.key.removeprefix(folder)
        if "/" not in name and name.endswith(_SUFFIX):
            yield name.removesuffix(_SUFFIX)


def erase_from_snapshot(
    problem: Problem,
    storage: ObjectStore,
    digest: str,
    is_erased: Callable[[str], bool],
    *,
    at: datetime,
) -> str:
    """Replace a snapshot that holds an erased record; return the new sha256, "" if it holds none.

    The new object comes first, then the record, then the old object is removed, so that a crash
    leaves the rows readable and the next call continues.
    """
    rows = read_table(problem, storage, digest)
    stays = [not is_erased(one) for one in record_ids(problem, rows)]
    kept = rows.filter(pa.array(stays, pa.bool_()))
    if kept.num_rows == rows.num_rows:
        return ""
    data = snapshot_bytes(kept)
    replacement = sha256(data).hexdigest()
    with suppress(Conflict):  # an earlier call stored it
        storage.put(snapshot_key(problem, replacement), data, if_version=0)
    record = {"by": replacement, "at": at.isoformat()}
    with suppress(Conflict):
        data = (json.dumps(record, indent=1) + "\n").encode()
        storage.put(_replaced_key(problem, digest), data, if_version=0)
    storage.delete(snapshot_key(problem, digest))
    return replacement


def refuse_foreign(problem: Problem, rows: pa.Table, name: str) -> None:
    """Require the columns without which no model of the problem can be trained or judged.

    Raises:
        Rejected: naming those that are lacking; they are of another problem or declaration.
    """
    known = set(rows.schema.names)
    own = [problem.key] if problem.key else [] if "record_id" in known else ["record_id"]
    needed = [*own, problem.target, *problem.feature_columns, "split", "file_id", "generation"]
    if lacking := [one for one in dict.fromkeys(needed) if one not in known]:
        raise Rejected(
            f"{name} has no column {', '.join(lacking)}; it is of another problem than "
            f"{problem.name}, or of another declaration."
        )


def record_ids(problem: Problem, rows: pa.Table) -> list[str]:
    """Return the id of each row's record; snapshots of former versions have the key only."""
    if "record_id" in rows.schema.names:
        ids: list[str] = rows["record_id"].to_pylist()
        return ids
    return [str(key) for key in rows[problem.key].to_pylist()]


def snapshot_bytes(rows: pa.Table) -> bytes:
    """Return the object of these rows: the same rows give the same bytes."""
    buffer = io.BytesIO()
    pq.write_table(rows.replace_schema_metadata(None), buffer, compression="zstd")
    return buffer.getvalue()


def snapshot_key(problem: Problem, digest: str) -> str:
    """Return the key of the snapshot's object."""
    return f"snapshots/{problem.name}/{digest}{_SUFFIX}"


def _replaced_key(problem: Problem, digest: str) -> str:
    return f"snapshots/{problem.name}/replaced/{digest}.json"


def _bytes(problem: Problem, storage: ObjectStore, digest: str) -> bytes:
    key = snapshot_key(problem, digest)
    found = storage.get(key)
    data = found[0] if found else b""
    if sha256(data).hexdigest() != digest:
        raise SnapshotDamaged(f"{key} is not the snapshot that was written: its sha256 differs.")
    return data
