"""A message on its way, and one that was given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, lent to one worker; `attempt` counts from 1, `receipt` proves the lease."""

    id: str
    topic: str
    data: bytes
    attributes: Mapping[str, str]
    publish_time: datetime
    attempt: int
    receipt: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that was delivered `attempts` times in vain, and why the last one failed."""

    id: str
    topic: str
    data: bytes
    attributes: Mapping[str, str]
    publish_time: datetime
    attempts: int
    reason: str
