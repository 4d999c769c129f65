"""The platform on Google Cloud, as a person's commands see it; functions do the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from titanic_mlops.adapters.clock import SystemClock
from titanic_mlops.adapters.code_version import code_version
from titanic_mlops.adapters.gcp.bus import open_topics
from titanic_mlops.adapters.gcp.object_store import open_bucket
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.pipeline.landing import land
from titanic_mlops.ports import Ports, Warehouse
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Cloud

if TYPE_CHECKING:
    from titanic_mlops.platforms.local.delivery import Handled

STORAGE_PATIENCE = 2.0
"""Seconds that a request to Cloud Storage may take at least, its retries among it."""
LARGEST_FILE = 500_000_000
"""Bytes: the disk of `ingest_data` is its memory, 2 GiB, and holds a file and its rows."""


@dataclass(frozen=True)
class CloudPlatform:
    """One problem on Google Cloud: what is landed here is worked off by functions there."""

    problem: Problem
    ports: Ports
    bucket: str

    def land(self, path: Path) -> ObjectFinalized:
        """Upload a file into the landing bucket; the bucket itself announces it."""
        info = land(path, self.problem, self.ports.landing)
        return ObjectFinalized(self.bucket, info.key, info.version)

    def announce_landing(self, _event: ObjectFinalized) -> None:
        """Do nothing: the bucket's notification has done it."""

    def handle_next(self, *, progress: Callable[[int], None] | None = None) -> Handled | None:  # noqa: ARG002 as on a laptop
        """Return None: messages are the functions' to take."""
        return None

    def is_busy(self) -> bool:
        """Return True: whether a message is under way, only Pub/Sub knows."""
        return True

    def bury(self) -> None:
        """Do nothing: dead letters come into their table by a subscription."""

    def given_up(self) -> dict[str, str]:
        """Return the files whose message became a dead letter, by id, and why."""
        from titanic_mlops.pipeline.dead_letters import given_up  # noqa: PLC0415 loads pyarrow

        return given_up(self.ports)

    def heal(self) -> None:
        """Do nothing: the function `monitor_model` sweeps."""

    def store_predictions(self) -> int:
        """Return 0: records come into their table by a subscription."""
        return 0


def open_cloud_ports(cloud: Cloud, *, patience: float) -> Ports:
    """Return the world of one problem on Google Cloud; clients are made, nothing is asked.

    `patience` bounds the seconds that one message or object may take, retries among them.
    """
    # An object takes longer than a message.
    bound = max(patience, STORAGE_PATIENCE)
    return Ports(
        landing=open_bucket(cloud.project, cloud.landing_bucket, patience=bound),
        storage=open_bucket(cloud.project, cloud.model_bucket, patience=bound),
        warehouse=cast("Warehouse", _OnUse(lambda: _open_warehouse(cloud))),
        bus=open_topics(cloud.topics, patience=patience),
        clock=SystemClock(),
        code_version=code_version,
        largest_file=LARGEST_FILE,
    )


class _OnUse:
    """A port that is opened by the first call: what answers predictions never makes one."""

    def __init__(self, opener: Callable[[], Warehouse]) -> None:
        self._opener = opener

    @cached_property
    def _opened(self) -> Warehouse:
        return self._opener()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 whatever the port has
        return getattr(self._opened, name)


def _open_warehouse(cloud: Cloud) -> Warehouse:
    from titanic_mlops.adapters.gcp.warehouse import (  # noqa: PLC0415 loads for long
        REQUEST_SECONDS,
        open_dataset,
    )

    leases = open_bucket(cloud.project, cloud.model_bucket, patience=REQUEST_SECONDS)
    return open_dataset(cloud.project, cloud.dataset, leases, emulated=cloud.bigquery_emulated)
