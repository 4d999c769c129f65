"""What a step may ask of the world. Every adapter passes the same suites: tests/contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


TYPES = ("INT64", "FLOAT64", "STRING", "BYTES", "BOOL", "TIMESTAMP", "RECORD")

Value = str | bytes | int | float | bool | None | datetime | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One stored object. `version` grows with every write of `key`; `size` is in bytes."""

    key: str
    version: int
    size: int


class ObjectStore(Protocol):
    """Keep named bytes; a write can require that the stored version is a known one."""

    def put(self, key: str, data: bytes | BinaryIO, *, if_version: int | None = None) -> ObjectInfo:
        """Write `data`; readers see all of it or nothing.

        `if_version=0` only creates; another number only replaces that version.

        Raises:
            Conflict: the stored version is another one.
            Rejected: the key cannot name an object.
            Unavailable: the store cannot be written now.
        """

    def get(
        self, key: str, *, unless_version: int | None = None
    ) -> tuple[bytes, ObjectInfo] | None:
        """Return the bytes, or None when `unless_version` is still the stored one.

        Raises:
            NotFound: there is no such object.
        """

    def open(self, key: str, *, version: int) -> BinaryIO:
        """Stream that version.

        Raises:
            NotFound: there is no such object, or another version of it is stored.
        """

    def stat(self, key: str) -> ObjectInfo | None:
        """Return what is stored under `key`, or None."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Yield every object whose key starts with `prefix`, sorted by key."""

    def delete(self, key: str, *, if_version: int | None = None) -> None:
        """Remove the object; nothing happens when there is none.

        Raises:
            Conflict: `if_version` is not the stored version.
        """

    def uri(self, key: str) -> str:
        """Return the address from which the warehouse of the same platform loads it."""


@dataclass(frozen=True, slots=True)
class TableField:
    """One column of a table; `type` is one of `TYPES`, `mode` one of BigQuery's."""

    name: str
    type: str
    mode: str = "NULLABLE"
    description: str = ""
    fields: tuple[TableField, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or a view when `view` holds its SELECT; `partition` names its day column.

    A table is sorted by its column `cluster`, if named. A `transient` table expires after a day.
    """

    name: str
    fields: tuple[TableField, ...]
    view: str = ""
    partition: str = ""
    cluster: str = ""
    transient: bool = False


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Result of a load. `rows` counts the object's rows, also when an earlier call loaded them."""

    rows: int


class Warehouse(Protocol):
    """Hold the tables of one problem and answer SQL in BigQuery's dialect."""

    def ensure(self, tables: Iterable[Table]) -> None:
        """Create missing tables and columns; replace views."""

    def load(self, uri: str, table: str, *, job_id: str) -> LoadResult:
        """Replace the rows of the existing `table` with those of a Parquet object.

        Loading with the same `job_id` again is a no-op while its rows are in the table.

        Raises:
            NotFound: the table or the object does not exist.
            Rejected: the object is not Parquet, or its columns do not fit the table.
        """

    def execute(self, sql: str, params: Mapping[str, Value] = {}, *, job_id: str = "") -> int:
        """Run one statement; return how many rows it inserted, changed or deleted.

        With a `job_id` the statement runs once: a repetition, also a concurrent one, changes
        nothing. Without one, statements that change rows of the same table run one at a time,
        across processes.

        Raises:
            Unavailable: it could not run now, or other writers held the table for too long.
        """

    def query(self, sql: str, params: Mapping[str, Value] = {}) -> pa.Table:
        """Return the rows of one SELECT."""

    def look(self, sql: str, params: Mapping[str, Value] = {}, *, most: int) -> pa.Table:
        """Return the first `most` rows of a user's SELECT: it can change nothing, and is bounded.

        Raises:
            Rejected: it is not one SELECT, or the engine refuses it.
            NotFound: there is no such table.
            Unavailable: it could not run now, or took too long.
        """


class EventBus(Protocol):
    """Deliver messages to the subscribers of a topic, at least once."""

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str] = {}) -> str:
        """Return the message's id once the message is durable.

        Raises:
            Rejected: it has no topic, neither data nor attributes, or more than 10 MB.
            Unavailable: it could not be made durable now.
        """

    def publish_all(
        self, topic: str, messages: Sequence[bytes], attributes: Mapping[str, str] = {}
    ) -> list[str]:
        """Return the ids, in order, once all messages are durable; publish all in one write."""


class Clock(Protocol):
    """Tell the time; a test can set it."""

    def now(self) -> datetime:
        """Return the current time in UTC."""


@dataclass(frozen=True, slots=True)
class ServingPorts:
    """What answering a prediction may ask of the world.

    `storage` keeps models, the ledger, snapshots, staged rows and the spool. `code_version`
    names the running code: a git commit where there is one.
    """

    storage: ObjectStore
    bus: EventBus
    clock: Clock
    code_version: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Ports(ServingPorts):
    """What a step may ask of the world, for one problem.

    `landing` receives files and is the bucket `landing_bucket`; an object there expires after
    `landed_days`, None: never. Rows of a file of more than `largest_file` bytes cannot be checked
    on this platform; None: there is no limit. Where trainings are `pinned`, no file starts one.
    """

    landing: ObjectStore
    landing_bucket: str
    warehouse: Warehouse
    largest_file: int | None = None
    landed_days: int | None = None
    pinned: bool = False
