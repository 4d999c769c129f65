"""A pin names a snapshot in a file for git: a commit then says which rows a model learned from."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from re import fullmatch
from typing import Any, Self, cast

import pyarrow as pa

from titanic_mlops.errors import Conflict, NotFound, Rejected, SnapshotDamaged, TrainingRefused
from titanic_mlops.learning.stored_snapshot import (
    parse_snapshot,
    record_ids,
    refuse_foreign,
    snapshot_key,
)
from titanic_mlops.pipeline.erasures import erased_records
from titanic_mlops.pipeline.training_rows import SHA256, current_snapshot
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

_TYPES = {"problem": str, "rows": int, "sha256": str, "uri": str}


@dataclass(frozen=True, slots=True)
class Pin:
    """A snapshot by its sha256, its number of rows, and the address that it is fetched from."""

    problem: str
    rows: int
    sha256: str
    uri: str

    def to_bytes(self) -> bytes:
        """Return the pin as JSON: the same snapshot in the same store gives the same bytes."""
        return (json.dumps(asdict(self), indent=2, sort_keys=True) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes, where: str, problem: Problem) -> Self:
        """Return the pin that `to_bytes` wrote; `where` names its file in an error.

        Raises:
            Rejected: the bytes are no pin, or the pin of another problem.
        """
        try:
            stored: object = json.loads(data)
        except (ValueError, RecursionError):
            raise Rejected(f"{where} is not JSON; {_REMEDY}") from None
        known = cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
        wrong = [name for name, kind in _TYPES.items() if type(known.get(name)) is not kind]
        if wrong:
            raise Rejected(f"{where} has no usable {', '.join(wrong)}; {_REMEDY}")
        pin = cls(**{name: known[name] for name in _TYPES})
        if not fullmatch(SHA256, pin.sha256):
            raise Rejected(f"{where} has a sha256 without 64 hexadecimal digits; {_REMEDY}")
        if pin.problem != problem.name:
            raise Rejected(
                f"{where} pins a snapshot of {pin.problem!a}, and this command is about "
                f"{problem.name}; give --problem, or run it in another folder."
            )
        return pin


_REMEDY = "`titanic-mlops data pin` writes it again, git has its earlier versions."


def pin_file(problem: Problem) -> str:
    """Return where the pin is, below the working directory."""
    return f"data/{problem.name}.json"


def pin_current(problem: Problem, ports: Ports) -> Pin:
    """Store the snapshot of all loaded rows, as a training would read it; return its pin.

    Raises:
        TrainingRefused: no labelled row is loaded.
    """
    snapshot = current_snapshot(problem, ports)
    if not snapshot.rows:
        raise TrainingRefused(
            f"{problem.name} has no labelled row to pin; ingest a labelled file first."
        )
    uri = ports.storage.uri(snapshot_key(problem, snapshot.sha256))
    return Pin(problem.name, snapshot.rows, snapshot.sha256, uri)


def pull(pin: Pin, problem: Problem, ports: Ports, fetch: Callable[[], bytes]) -> bool:
    """Bring the pinned snapshot into the store, checked; return False if it was there.

    A damaged one is replaced. `fetch` reads the bytes at the pin's address.

    Raises:
        SnapshotDamaged: the bytes do not hash to the sha256; nothing was parsed or stored.
        Rejected: its rows are not as many, are another problem's, or one of them was erased here.
        NotFound, Unavailable: it cannot be fetched.
    """
    key = snapshot_key(problem, pin.sha256)
    data, stored = _stored(key, ports)
    fetched = sha256(data).hexdigest() != pin.sha256
    if fetched:
        data = fetch()
        if (found := sha256(data).hexdigest()) != pin.sha256:
            raise SnapshotDamaged(
                f"{pin.uri} is not the pinned snapshot: its sha256 is {found}, not {pin.sha256}."
            )
    _refuse_other_rows(pin, _rows(data, pin), problem, ports)
    if fetched:
        with suppress(Conflict):  # another pull was faster
            ports.storage.put(key, data, if_version=stored)
    return fetched


def _stored(key: str, ports: Ports) -> tuple[bytes, int]:
    """Return the bytes that are stored and their version; of nothing, no bytes and 0."""
    try:
        found = ports.storage.get(key)
    except NotFound:
        return b"", 0
    return (found[0], found[1].version) if found else (b"", 0)


def _rows(data: bytes, pin: Pin) -> pa.Table:
    try:
        return parse_snapshot(data)
    except (pa.ArrowInvalid, OSError):
        raise Rejected(
            f"The pinned object {pin.uri} is not Parquet, so it is no snapshot; {_REMEDY}"
        ) from None


def _refuse_other_rows(pin: Pin, rows: pa.Table, problem: Problem, ports: Ports) -> None:
    if rows.num_rows != pin.rows:
        raise Rejected(
            f"The pinned snapshot {pin.sha256} has {rows.num_rows:,} rows, and the pin says "
            f"{pin.rows:,}; {_REMEDY}"
        )
    refuse_foreign(problem, rows, f"The pinned snapshot {pin.sha256}")
    erased = erased_records(problem, ports)
    if count := sum(erased.holds(one) for one in record_ids(problem, rows)):
        raise Rejected(
            f"The pinned snapshot {pin.sha256} holds {count:,} records that were erased here; "
            "erase them where it was pinned as well, then pin again."
        )
