"""Every suite of this folder runs on every platform; add one name to PLATFORMS to add one."""

from __future__ import annotations

import base64
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.ports import EventBus, ObjectStore, Warehouse

PLATFORMS = ("local",)


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_store(platform: str, tmp_path: Path) -> Callable[[], ObjectStore]:
    """Return a picklable call that opens the same, at first empty, store anywhere."""
    assert platform == "local"
    return partial(DirectoryStore, tmp_path / "store")


@pytest.fixture
def store(open_store: Callable[[], ObjectStore]) -> ObjectStore:
    return open_store()


@pytest.fixture
def warehouse(platform: str, tmp_path: Path) -> Warehouse:
    assert platform == "local"
    return DuckDBWarehouse(tmp_path / "warehouse" / "titanic.duckdb")


@pytest.fixture
def bus(platform: str, tmp_path: Path) -> EventBus:
    assert platform == "local"
    return SQLiteQueue(tmp_path / "queue.sqlite")


@pytest.fixture
def received(bus: EventBus) -> Callable[[], list[Any]]:
    """Return a call that takes whatever was published, oldest first."""
    assert isinstance(bus, SQLiteQueue)
    queue = bus

    def take() -> list[Any]:
        messages = []
        while message := queue.lease():
            queue.acknowledge(message)
            messages.append(message)
        return messages

    return take


@pytest.fixture
def in_processes() -> Callable[..., list[str]]:
    """Return a call that runs one script in `count` processes at once; their outputs.

    The script finds `port`, opened by the process itself, and `number`, its own.
    """

    def run(script: str, opener: Callable[[], object], count: int) -> list[str]:
        pickled = base64.b64encode(pickle.dumps(opener)).decode()
        opened = (
            f"import base64, pickle, sys\nnumber = int(sys.argv[1])\n"
            f"port = pickle.loads(base64.b64decode('{pickled}'))()\n"
        )
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        processes = [
            subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, "-c", opened + script, str(number)],
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(count)
        ]
        outputs = [process.communicate(timeout=60)[0].strip() for process in processes]
        assert [process.returncode for process in processes] == [0] * count
        return outputs

    return run
