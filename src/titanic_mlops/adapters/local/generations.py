"""The catalogue of a landing folder: which content was seen under each name, and in which order."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from titanic_mlops.adapters.local.errors import disk_errors, sqlite_errors
from titanic_mlops.adapters.local.timing import LOCK_SECONDS

COUNTER = "CREATE TABLE IF NOT EXISTS counter (last INTEGER NOT NULL)"
CONTENTS = """
CREATE TABLE IF NOT EXISTS contents (
    key TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    changed INTEGER NOT NULL
)
"""
PLACE = "CREATE TABLE IF NOT EXISTS place (device INTEGER NOT NULL, inode INTEGER NOT NULL)"
FIND = "SELECT * FROM contents WHERE key = ?"
STORE = "INSERT OR REPLACE INTO contents VALUES (?, ?, ?, ?, ?, ?, ?)"

UNKNOWN_TIME = -1
"""`modified` of each content of a folder that was copied here: `cp -r` gives files new times."""
FORGET_FACTS = f"UPDATE contents SET modified = {UNKNOWN_TIME}, inode = 0, changed = 0"

FIRST_GENERATION = 9 * 10**15
"""Later than the generations of homes before the counter, which were modification times in
microseconds (4.1e15 is the year 2100), and below 2**53, so that every JSON reader keeps it."""


class Facts(NamedTuple):
    """What the file system says about a file: a change of its bytes changes `changed`.

    Times are in nanoseconds. A user can set `modified`; only the system sets `changed`.
    """

    size: int
    modified: int
    inode: int
    changed: int

    @classmethod
    def of(cls, facts: os.stat_result) -> Self:
        """Return the facts in the result of a `stat`."""
        return cls(facts.st_size, facts.st_mtime_ns, facts.st_ino, facts.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Content:
    """The newest content seen under one name; `sha256` is empty until it was read once."""

    generation: int
    sha256: str
    facts: Facts


class Generations:
    """Number the contents of a folder in the order in which they are first seen.

    A SQLite file keeps the counter, so that it survives the death of a process at any moment
    and two processes never get the same number. `existing` yields the files that an earlier
    version of the folder already holds, each with its generation there.
    """

    def __init__(
        self, path: Path, existing: Callable[[], Iterable[tuple[str, int, Facts]]]
    ) -> None:
        self._path = path
        self._existing = existing

    def begin(self) -> None:
        """Create the counter where it is missing."""
        with self._transaction():
            pass

    def find(self, key: str) -> Content | None:
        """Return the newest content that was seen under `key`."""
        with self._transaction() as connection:
            return _find(connection, key)

    def see(self, key: str, sha256: str, facts: Facts) -> Content:
        """Return the generation of a content that is stored now; number it if it is new.

        Bytes written again with another modification time are new, as on Cloud Storage; with
        the same time, or in a folder that was copied as a whole, only their mode, owner or place
        has changed.
        """
        with self._transaction() as connection:
            known = _find(connection, key)
            if known and _is_same(known, sha256, facts):
                return _store(connection, key, Content(known.generation, sha256, facts))
            return _store(connection, key, Content(_next(connection), sha256, facts))

    def add(self, key: str, sha256: str, facts: Facts) -> Content:
        """Number a content that has just been stored."""
        with self._transaction() as connection:
            return _store(connection, key, Content(_next(connection), sha256, facts))

    def forget(self, key: str) -> None:
        """Forget a name whose file is gone: the same bytes are new if they come back."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM contents WHERE key = ?", (key,))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with disk_errors(self._path):
            self._path.touch(mode=0o600)
        with (
            sqlite_errors(self._path),
            closing(
                sqlite3.connect(self._path, timeout=LOCK_SECONDS, isolation_level=None)
            ) as connection,
        ):
            connection.execute("BEGIN IMMEDIATE")
            self._begin_counter(connection)
            self._notice_copy(connection)
            yield connection
            # An error skips this line, and closing the connection rolls back.
            connection.execute("COMMIT")

    def _begin_counter(self, connection: sqlite3.Connection) -> None:
        connection.execute(COUNTER)
        connection.execute(CONTENTS)
        if connection.execute("SELECT 1 FROM counter").fetchone():
            return
        last = FIRST_GENERATION
        for key, generation, facts in self._existing():
            _store(connection, key, Content(generation, "", facts))
            last = max(last, generation)
        connection.execute("INSERT INTO counter VALUES (?)", (last,))

    def _notice_copy(self, connection: sqlite3.Connection) -> None:
        """Forget what the file system said if the catalogue is a copy: it is another file then."""
        connection.execute(PLACE)
        facts = self._path.stat()
        here = (facts.st_dev, facts.st_ino)
        known = connection.execute("SELECT device, inode FROM place").fetchone()
        if known == here:
            return
        if known:
            connection.execute(FORGET_FACTS)
        connection.execute("DELETE FROM place")
        connection.execute("INSERT INTO place VALUES (?, ?)", here)


def _find(connection: sqlite3.Connection, key: str) -> Content | None:
    row = connection.execute(FIND, (key,)).fetchone()
    return Content(row[1], row[2], Facts(*row[3:])) if row else None


def _store(connection: sqlite3.Connection, key: str, content: Content) -> Content:
    connection.execute(STORE, (key, content.generation, content.sha256, *content.facts))
    return content


def _is_same(known: Content, sha256: str, facts: Facts) -> bool:
    if not known.sha256:  # seen by an earlier version, which kept no hash
        return known.facts[:3] == facts[:3]
    return known.sha256 == sha256 and known.facts.modified in (facts.modified, UNKNOWN_TIME)


def _next(connection: sqlite3.Connection) -> int:
    """Return the next number of the counter.

    It is at least the time, so that a catalogue that was lost does not repeat numbers; the
    order never depends on the time, which may be set back.
    """
    (last,) = connection.execute("SELECT last FROM counter").fetchone()
    number = max(int(last) + 1, FIRST_GENERATION + time.time_ns() // 10**6)
    connection.execute("UPDATE counter SET last = ?", (number,))
    return number
