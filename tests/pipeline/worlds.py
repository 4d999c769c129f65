"""Two platforms with simulated crashes: stored data stays, open messages are redelivered."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cache
from itertools import count
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any, Protocol

import duckdb
import pytest

from tests.wire.platform import LANDING as LANDING_NAME
from tests.wire.platform import MODELS, WirePlatform, topic, wire_services
from tests.wire.storage import Bucket
from titanic_mlops.adapters.local import durable_files
from titanic_mlops.adapters.local.duckdb_errors import duckdb_errors
from titanic_mlops.adapters.local.queue import SQLiteQueue
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.adapters.machine import code_version
from titanic_mlops.events import INGESTION_COMPLETE, LANDING, ObjectFinalized
from titanic_mlops.messages import Delivery, Message
from titanic_mlops.platforms.gcp.ports import open_cloud_ports
from titanic_mlops.platforms.local.ports import LANDING_BUCKET, local_ports
from titanic_mlops.ports import ObjectInfo, Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import tables_of

_code_version = cache(code_version)
TOPICS = (LANDING, INGESTION_COMPLETE)
LEASE_SECONDS = 60.0
BEGUN = 1_800_000_000 * 10**9
"""The time, in nanoseconds, at which the stores of each world begin to count versions.

So a file has the same id in all of them, and a statement that names it is parsed once.
"""


class World(Protocol):
    """One problem on one platform."""

    @property
    def problem(self) -> Problem: ...

    @property
    def ports(self) -> Ports: ...

    def tell(self, landed: ObjectInfo, ports: Ports) -> None:
        """Announce a landed file, unless the bucket does so itself."""

    def take(self) -> Message | None:
        """Return a pending message, or None."""

    def acknowledge(self, message: Message) -> None:
        """End a message."""

    def restart(self) -> None:
        """End the process: every message that was not acknowledged is pending again."""

    def tables(self) -> list[str]:
        """Return the names of all tables."""

    def given_up(self) -> int:
        """Return the number of dead letters."""

    def save(self) -> object:
        """Keep all that is stored, but no message; return what opens a copy."""


class Worlds(Protocol):
    """Opens an empty world at each call, or a copy of a saved one."""

    def __call__(self, saved: Any = None) -> AbstractContextManager[World]: ...  # noqa: ANN401 each platform's own


@dataclass
class LocalWorld:
    """Files, DuckDB and a queue whose leases expire at `restart`."""

    problem: Problem
    ports: Ports
    warehouse: DuckDBWarehouse
    queue: SQLiteQueue
    clock: list[float]
    home: Path
    versions: Versions
    leases: dict[str, Delivery] = field(default_factory=dict)

    def tell(self, landed: ObjectInfo, ports: Ports) -> None:
        event = ObjectFinalized(LANDING_BUCKET, landed.key, landed.version)
        ports.bus.publish(LANDING, b"{}", event.to_attributes())

    def take(self) -> Message | None:
        lent = self.queue.lease(TOPICS, seconds=LEASE_SECONDS)
        if lent is None:
            return None
        self.leases[lent.message.id] = lent
        return lent.message

    def acknowledge(self, message: Message) -> None:
        self.queue.acknowledge(self.leases.pop(message.id))

    def restart(self) -> None:
        self.clock[0] += LEASE_SECONDS + 1

    def tables(self) -> list[str]:
        with self.warehouse._connection() as connection:
            return [row[0] for row in connection.execute("SHOW TABLES").fetchall()]

    def given_up(self) -> int:
        return len(self.queue.dead())

    def save(self) -> object:
        folder = self.home.with_name(f"saved {self.versions.now}")
        copytree(self.home, folder, ignore=ignore_patterns("queue.sqlite*"))
        tables = TablesInMemory.save(folder / "tables")
        return _SavedHome(folder, tables, self.versions.now)


@dataclass
class GoogleWorld:
    """Google's clients and the servers of tests/wire; a failed delivery is retried last."""

    served: WirePlatform
    problem: Problem
    ports: Ports
    taken: str = ""
    late: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    def tell(self, landed: ObjectInfo, ports: Ports) -> None:
        pass  # the bucket's notification has done it

    def take(self) -> Message | None:
        waiting = [
            Message(m.message_id, name, m.data, dict(m.attributes), m.publish_time.astimezone(UTC))
            for name in TOPICS
            for m in self.served.pubsub.topics[topic(name)].messages
            if m.message_id not in self.done
        ]
        if not waiting:
            return None
        message = min(waiting, key=lambda m: (m.id in self.late, int(m.id)))
        self.taken = message.id
        return message

    def acknowledge(self, message: Message) -> None:
        self.done.add(message.id)

    def restart(self) -> None:
        self.late.append(self.taken)

    def tables(self) -> list[str]:
        return list(self.served.warehouse._tables)

    def given_up(self) -> int:
        return 0  # the caller of `take` counts deliveries

    def save(self) -> object:
        server, storage = self.served.warehouse, self.served.storage
        known = (server._tables, server._jobs, server._answers)
        kept = deepcopy((storage.buckets, known))
        tables = TablesInMemory.save(server._folder / f"saved {storage._last}")
        return _SavedServices(*kept, tables, storage._last)


@dataclass
class Versions:
    """The clock of the local stores' versions: each look at it is a microsecond later."""

    now: int = BEGUN

    def time_ns(self) -> int:
        self.now += 1000
        return self.now


@dataclass(frozen=True)
class _SavedHome:
    folder: Path
    tables: Path
    now: int


@dataclass(frozen=True)
class _SavedServices:
    buckets: dict[str, Bucket]
    known: tuple[dict[str, Any], ...]
    tables: Path
    now: int


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return the database that holds the tables of each world in turn; one takes 15 ms to make."""
    return duckdb.connect(":memory:")


def _copy(attached: str, source: str, target: str) -> None:
    copy = f"COPY FROM DATABASE {source} TO {target}"
    _database().execute(f"ATTACH {attached}; {copy}; DETACH saved")


class TablesInMemory(DuckDBWarehouse):
    """The same tables in memory: a crash between calls leaves no transaction open."""

    def __init__(self, saved: Path | None = None) -> None:
        super().__init__(Path("memory"))
        self._kept = _database().cursor()
        self._kept.execute("SET TimeZone = 'UTC'; ATTACH ':memory:' AS world; USE world")
        if saved:
            _copy(f"'{saved}' AS saved (READ_ONLY)", "saved", "world")

    @staticmethod
    def save(path: Path) -> Path:
        """Copy all tables of the open world into a file."""
        _copy(f"'{path}' AS saved", "world", "saved")
        return path

    def close(self) -> None:
        self._kept.close()
        _database().execute("DETACH world")

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb_errors(self._path):
            try:
                yield self._kept
            except BaseException:
                with suppress(duckdb.TransactionException):  # it was no transaction
                    self._kept.execute("ROLLBACK")
                raise


class HastyQueue(SQLiteQueue):
    """The same queue without fsync."""

    def _open(self) -> sqlite3.Connection:
        connection = super()._open()
        connection.execute("PRAGMA synchronous = OFF")
        return connection


def _of_known_code(ports: Ports) -> Ports:
    """Return the ports, which look once for the version of the code: that reads every module."""
    return replace(ports, code_version=_code_version)


@contextmanager
def local_worlds(problem: Problem, folder: Path) -> Iterator[Worlds]:
    """Yield a call that opens a local platform of its own.

    The process ends, not the machine: nothing has to be forced onto the disk.
    """
    numbers, versions = count(), Versions()

    @contextmanager
    def opened(saved: _SavedHome | None = None) -> Iterator[LocalWorld]:
        home = folder / str(next(numbers))
        if saved:
            copytree(saved.folder, home)
        versions.now = saved.now if saved else BEGUN
        clock, path = [0.0], home / "queue.sqlite"
        queue = HastyQueue(path, now=lambda: time.time() + clock[0])
        with closing(TablesInMemory(saved.tables if saved else None)) as warehouse, closing(queue):
            if not saved:
                warehouse.ensure(tables_of(problem))
            ports = _of_known_code(local_ports(Settings(home), warehouse, queue))
            yield LocalWorld(problem, ports, warehouse, queue, clock, home, versions)
        rmtree(home)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        patch.setattr(durable_files, "time", versions)
        yield opened


@contextmanager
def google_worlds(problem: Problem, folder: Path) -> Iterator[Worlds]:
    """Serve Google's services; yield a call that empties them and opens their platform."""
    with wire_services(problem, folder) as served, pytest.MonkeyPatch.context() as patch:
        for name, value in served.environment.items():
            patch.setenv(name, value)
        settings = Settings.from_env(served.environment)
        assert settings.cloud is not None
        ports = _of_known_code(open_cloud_ports(settings.cloud))

        @contextmanager
        def opened(saved: _SavedServices | None = None) -> Iterator[GoogleWorld]:
            empty = {LANDING_NAME: Bucket(), MODELS: Bucket()}
            served.storage.buckets |= deepcopy(saved.buckets) if saved else empty
            for kept in served.pubsub.topics.values():
                kept.messages.clear()
            served.storage.restart(BEGUN)
            served.storage._last = saved.now if saved else 0
            with closing(TablesInMemory(saved.tables if saved else None)) as tables:
                warehouse = served.warehouse
                warehouse._warehouse = tables
                mine = (warehouse._tables, warehouse._jobs, warehouse._answers)
                for known, before in zip(mine, saved.known if saved else ({}, {}, {}), strict=True):
                    known.clear()
                    known.update(deepcopy(before))
                if not saved:
                    warehouse.provide(tables_of(problem))
                yield GoogleWorld(served, problem, ports)

        yield opened
