"""What a step may ask of the world. Every adapter passes one suite: tests/contracts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


TYPES = ("INT64", "FLOAT64", "STRING", "BYTES", "BOOL", "TIMESTAMP", "RECORD")

Value = str | bytes | int | float | bool | None | datetime


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One stored object. `version` grows with every write of `key`; `size` is in bytes."""

    key: str
    version: int
    size: int


class ObjectStore(Protocol):
    """Keep named bytes; a write can ask that nobody wrote in between."""

    def put(self, key: str, data: bytes | BinaryIO, *, if_version: int | None = None) -> ObjectInfo:
        """Write `data` whole or not at all.

        `if_version=0` creates only; another number replaces that version only.

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
        """Stream exactly that version.

        Raises:
            NotFound: the object is gone, or its version is another one by now.
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
        """Return the address under which a warehouse on the same side can read it."""


@dataclass(frozen=True, slots=True)
class TableField:
    """One column of a table, in BigQuery's words: `type` is one of `TYPES`."""

    name: str
    type: str
    mode: str = "NULLABLE"
    description: str = ""
    fields: tuple[TableField, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or a view when `view` holds its SELECT; `partition` names its day column.

    A `transient` one may vanish after a day, should nobody drop it before.
    """

    name: str
    fields: tuple[TableField, ...]
    view: str = ""
    partition: str = ""
    transient: bool = False


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did. `rows` is what the object holds, whether or not it was loaded before."""

    rows: int


class Warehouse(Protocol):
    """Hold the tables of one problem and answer SQL in BigQuery's dialect."""

    def ensure(self, tables: Iterable[Table]) -> None:
        """Create what does not exist yet; a view is replaced."""

    def load(self, uri: str, table: str, *, job_id: str) -> LoadResult:
        """Replace the rows of `table`, which exists, by those of a Parquet object.

        The same `job_id` again, while its rows are there, is a no-op.

        Raises:
            NotFound: the table or the object does not exist.
            Rejected: the object is not Parquet, or its columns do not fit the table.
        """

    def execute(self, sql: str, params: Mapping[str, Value] = {}) -> int:
        """Run one statement; return how many rows it inserted, changed or deleted.

        Those that change rows of one table follow each other, whichever processes run them.

        Raises:
            Unavailable: it could not be run now, or others wrote for too long.
        """

    def query(self, sql: str, params: Mapping[str, Value] = {}) -> pa.Table:
        """Return the rows of one SELECT."""


class EventBus(Protocol):
    """Hand messages to whoever listens on a topic, at least once."""

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str] = {}) -> str:
        """Return the message's id once the message is durable.

        Raises:
            Rejected: no topic, no content, or more than 10 MB.
            Unavailable: it could not be made durable now.
        """

    def publish_all(
        self, topic: str, messages: Sequence[bytes], attributes: Mapping[str, str] = {}
    ) -> list[str]:
        """Return the ids once all messages are durable, in their order; one write for all."""


class Clock(Protocol):
    """Tell the time, so that a test can decide it."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The world of one problem, as its steps see it.

    `landing` receives files; `storage` keeps ledger, staged rows, snapshots and models.
    `code_version` names the code that runs: a git commit where there is one. A file of more
    than `largest_file` bytes does not fit where its rows are checked; None: any does.
    """

    landing: ObjectStore
    storage: ObjectStore
    warehouse: Warehouse
    bus: EventBus
    clock: Clock
    code_version: Callable[[], str]
    largest_file: int | None = None
