"""One writer at a time, by an object in Cloud Storage that only one process can create."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from titanic_mlops.adapters.gcp.timing import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS
from titanic_mlops.errors import Conflict, NotFound, PortError, Unavailable
from titanic_mlops.ports import ObjectInfo, ObjectStore


class StillRunning(TimeoutError):
    """Report that a statement may still be running on the server."""


@contextmanager
def lease(store: ObjectStore, key: str, *, seconds: float, patience: float) -> Iterator[None]:
    """Run the block while no other process runs a block with the same `key`.

    Everything that the block starts must end within `seconds` of the first attempt to create
    the object. A holder that crashes leaves its lease object behind. A waiter treats the lease
    as expired once it has seen the object unchanged for `seconds` on its own clock.
    StillRunning leaves the object behind as well.

    Raises:
        Unavailable: other processes held the lease for `patience` seconds.
    """
    held = _take(store, key, seconds, patience)
    try:
        yield
    except StillRunning:
        raise
    except Exception:
        _release(store, held)
        raise
    _release(store, held)


def _take(store: ObjectStore, key: str, seconds: float, patience: float) -> ObjectInfo:
    ours = str(uuid4()).encode()
    begun = seen_since = time.monotonic()
    seen, pause = 0, FIRST_WAIT_SECONDS
    while time.monotonic() < begun + patience:
        with suppress(Conflict, Unavailable):  # Cloud Storage limits the writes of one object
            return store.put(key, ours, if_version=0)
        theirs = store.stat(key)
        if theirs is None:
            time.sleep(pause)
            continue
        if theirs.version != seen:
            seen, seen_since = theirs.version, time.monotonic()
        elif time.monotonic() > seen_since + seconds:
            with suppress(Conflict, NotFound):  # another waiter was faster
                return store.put(key, ours, if_version=seen)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_WAIT_SECONDS)
    raise Unavailable(
        f"{key}: other processes have held the lease for {patience:.0f} s; try again later"
    )


def _release(store: ObjectStore, held: ObjectInfo) -> None:
    with suppress(PortError):  # the lease expires by itself
        store.delete(held.key, if_version=held.version)
