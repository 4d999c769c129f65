"""Settings -> adapters -> steps ready to call: the one room that knows concrete classes.

This module is light, for what answers predictions; `local` and `cloud` hold the platforms. A
platform's adapters are imported on use: what runs on Google Cloud carries no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from titanic_mlops.adapters.clock import SystemClock
from titanic_mlops.adapters.code_version import code_version
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings

if TYPE_CHECKING:
    from titanic_mlops.adapters.local.queue import SQLiteQueue
    from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse

LANDING_BUCKET = "landing"
STORAGE_BUCKET = "storage"
PATIENCE = 30.0
"""Seconds that publishing a message may take, its retries among it."""


def open_queue(settings: Settings, problem: Problem, *, patience: float = PATIENCE) -> SQLiteQueue:
    """Return the local queue of one problem."""
    from titanic_mlops.adapters.local.queue import SQLiteQueue  # noqa: PLC0415 a laptop's

    return SQLiteQueue(settings.home / f"{problem.name}.queue.sqlite", patience=patience)


def open_warehouse(settings: Settings, problem: Problem) -> DuckDBWarehouse:
    """Return the local warehouse of one problem."""
    from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse  # noqa: PLC0415 a laptop's

    return DuckDBWarehouse(settings.home / f"{problem.name}.duckdb")


def open_ports(settings: Settings, problem: Problem, *, patience: float = PATIENCE) -> Ports:
    """Return the world of one problem; nothing is read or written yet."""
    if settings.cloud:
        from titanic_mlops.platforms.gcp import open_cloud_ports  # noqa: PLC0415 loads Google's

        return open_cloud_ports(settings.cloud, patience=patience)
    from titanic_mlops.adapters.local.object_store import (  # noqa: PLC0415 a laptop's
        DirectoryStore,
    )

    home = settings.home
    return Ports(
        landing=DirectoryStore(home / LANDING_BUCKET),
        storage=DirectoryStore(home / STORAGE_BUCKET),
        warehouse=open_warehouse(settings, problem),
        bus=open_queue(settings, problem, patience=patience),
        clock=SystemClock(),
        code_version=code_version,
    )
