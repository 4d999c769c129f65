"""What only a platform knows of itself: its queue, its disk, whether it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """The messages on a topic that are pending or leased; `oldest` is when one was published."""

    topic: str
    messages: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue: pending messages by topic, and dead letters that are not in their table yet."""

    pending: tuple[Pending, ...]
    dead: int


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes: of each file or folder below the home, and free on its disk."""

    used: Mapping[str, int]
    free: int

    @property
    def total(self) -> int:
        """Return the bytes that all of them use."""
        return sum(self.used.values())


@dataclass(frozen=True, slots=True)
class Up:
    """A running `titanic-mlops up`."""

    process: int
    address: str


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of a platform; None is what it does not know.

    `place` names the home, or project and dataset. `faults` says why a part could not be read.
    """

    place: str
    queue: Queue | None = None
    disk: Disk | None = None
    up: Up | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
