"""One writer at a time, by an object that only one can create."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

from titanic_mlops.errors import Conflict, NotFound, PortError, Unavailable
from titanic_mlops.ports import ObjectInfo, ObjectStore

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds


class StillRunning(TimeoutError):
    """Say that what was begun may go on, wherever it runs."""


@contextmanager
def lease(store: ObjectStore, key: str, *, seconds: float, patience: float) -> Iterator[None]:
    """Let nobody else into a block of the same `key`.

    What the block begins must be over `seconds` after `put` was first asked for the object.
    Whoever died within theirs left the object behind: it counts no longer once it was seen
    unchanged for that long, by the clock of whoever waits. StillRunning leaves it as well.

    Raises:
        Unavailable: for `patience` seconds others had it.
    """
    held = _take(store, key, seconds, patience)
    try:
        yield
    except StillRunning:
        raise
    except Exception:
        _give_back(store, held)
        raise
    _give_back(store, held)


def _take(store: ObjectStore, key: str, seconds: float, patience: float) -> ObjectInfo:
    ours = str(uuid4()).encode()
    begun = seen_since = time.monotonic()
    seen, pause = 0, FIRST_PAUSE
    while time.monotonic() < begun + patience:
        with suppress(Conflict, Unavailable):  # Cloud Storage may ask to write less often
            return store.put(key, ours, if_version=0)
        theirs = store.stat(key)
        if theirs is None:
            time.sleep(pause)
            continue
        if theirs.version != seen:
            seen, seen_since = theirs.version, time.monotonic()
        elif time.monotonic() > seen_since + seconds:
            with suppress(Conflict, NotFound):  # another who waited was faster
                return store.put(key, ours, if_version=seen)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    raise Unavailable(f"{key}: others have been writing for {patience:.0f} s; try again later")


def _give_back(store: ObjectStore, held: ObjectInfo) -> None:
    with suppress(PortError):  # it runs out by itself
        store.delete(held.key, if_version=held.version)
