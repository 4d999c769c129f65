"""The ports of the local platform: folders, a SQLite queue and DuckDB below one home."""

from __future__ import annotations

from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.machine import SystemClock, code_version
from titanic_mlops.platforms.local.home import keep_private
from titanic_mlops.platforms.timing import PUBLISH_SECONDS
from titanic_mlops.ports import EventBus, Ports, ServingPorts, Warehouse
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

LANDING_BUCKET, STORAGE_BUCKET = "landing", "storage"


def open_queue(
    settings: Settings, problem: Problem, *, patience: float = PUBLISH_SECONDS
) -> SQLiteQueue:
    """Return the queue of one problem; `patience` bounds the seconds that a call waits."""
    return SQLiteQueue(settings.home / f"{problem.name}.queue.sqlite", patience=patience)


def open_local_serving_ports(
    settings: Settings, problem: Problem, *, patience: float
) -> ServingPorts:
    """Return the ports that answer predictions; nothing is read or written yet."""
    keep_private()
    return ServingPorts(
        storage=DirectoryStore(settings.home / STORAGE_BUCKET),
        bus=open_queue(settings, problem, patience=patience),
        clock=SystemClock(),
        code_version=code_version,
    )


def local_ports(settings: Settings, warehouse: Warehouse, bus: EventBus) -> Ports:
    """Return all ports of one problem; nothing is read or written yet."""
    return Ports(
        landing=LandingFolder(settings.home / LANDING_BUCKET),
        landing_bucket=LANDING_BUCKET,
        storage=DirectoryStore(settings.home / STORAGE_BUCKET),
        warehouse=warehouse,
        bus=bus,
        clock=SystemClock(),
        code_version=code_version,
    )
