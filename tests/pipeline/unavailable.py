"""A queue that is unavailable for some calls, and a look at what was published or spooled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.errors import Unavailable
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.ports import Ports

RECORDS = [json.dumps({"uuid": name, "Name": "Größe 船\nline"}).encode() for name in ("a", "b")]


class Flaky:
    """A queue whose first calls fail."""

    def __init__(self, queue: SQLiteQueue, failures: float) -> None:
        self._queue = queue
        self.calls = 0
        self._failures = failures

    def publish_all(self, topic: str, messages: Sequence[bytes], attributes: Any) -> list[str]:  # noqa: ANN401 as the queue's
        self.calls += 1
        if self.calls <= self._failures:
            raise Unavailable("the queue is unavailable")
        return self._queue.publish_all(topic, messages, attributes)


def with_bus(platform: LocalPlatform, bus: object) -> Ports:
    return replace(platform.ports, bus=bus)  # type: ignore[arg-type] # of a bus one call is enough


def published(platform: LocalPlatform) -> list[bytes]:
    """Acknowledge and return the records on their topic."""
    found = platform.queue.lease_many([PREDICTIONS], most=100)
    platform.queue.acknowledge(*found)
    assert all(one.message.attributes == {"problem": "titanic"} for one in found)
    return [one.message.data for one in found]


def spooled(platform: LocalPlatform) -> list[str]:
    return [info.key for info in platform.ports.storage.list("spool/")]
