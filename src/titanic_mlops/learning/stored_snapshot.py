"""The stored rows of a training, read without pandas: serving and ingestion have none."""

from __future__ import annotations

import io
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from titanic_mlops.errors import SnapshotDamaged
from titanic_mlops.ports import ObjectStore
from titanic_mlops.problems.base import Problem


def read_table(problem: Problem, storage: ObjectStore, digest: str) -> pa.Table:
    """Return the rows of a snapshot.

    Raises:
        NotFound: there is no such snapshot.
        SnapshotDamaged: its sha256 is not its name; no byte was parsed.
    """
    key = snapshot_key(problem, digest)
    found = storage.get(key)
    data = found[0] if found else b""
    if sha256(data).hexdigest() != digest:
        raise SnapshotDamaged(f"{key} is not the snapshot that was written: its sha256 differs.")
    return pq.read_table(io.BytesIO(data))


def snapshot_key(problem: Problem, digest: str) -> str:
    """Return the key of the snapshot's object."""
    return f"snapshots/{problem.name}/{digest}.parquet"
