"""One object per landed file holds the file's state; it moves by compare-and-set.

received → staged → loaded → announced → done
         ↘ held (→ staged or quarantined, when a person decides), quarantined, gone, duplicate,
           ignored

A loaded file can be taken back: revoking → withdrawn → revoked, and restoring → announced → done.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import sha256
from typing import Any

from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ports import ObjectStore

log = logging.getLogger("titanic_mlops.ledger")

FOLDER = "ledger/"
NUMBER_TRIES = 20
FINAL = ("done", "held", "quarantined", "gone", "duplicate", "ignored", "revoked")
UNFINISHED = ("received", "staged", "loaded", "revoking", "restoring")
UNTRAINED = ("announced", "withdrawn")
STATES = (*FINAL, *UNFINISHED, *UNTRAINED)
REVOCABLE_STATES = ("announced", "done")
RETRYABLE_STATES = ("quarantined", "gone", "ignored", "revoking", "withdrawn", "revoked")
"""States in which no row counts: the same bytes may be uploaded again and are no duplicate."""
TRAINED = {"loaded": "done", "announced": "done", "withdrawn": "revoked"}
"""The state of a file after the training that it asked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of one landed file. `stored` is the object's version, for compare-and-set.

    `reasons` counts faults of rejected rows by `field:rule`; `reason` explains a state that is
    not the usual next one; `duplicate_of` is the id of the file that has the same bytes.
    `forced` loads such a file all the same. `fault` is a sentence on the most frequent fault, where
    many rows have one; it may show a value, so no log does. `labelled` counts accepted rows with a
    known target; `erased` counts rows that an erasure removed, which the other counts leave out;
    `statistics` are those of the accepted rows, for comparison with the next files.
    `sequence` is the number of the file's load, or of the newest decision, by `decided_by`: see
    `next_number`. A person has accepted the labels of a `trusted` file. `extraction` says which
    query gave the file, if one did: dataset, table, query, rows, columns.
    """

    file_id: str
    problem: str
    bucket: str
    file: str
    generation: int
    state: str = "received"
    sha256: str = ""
    accepted: int = 0
    rejected: int = 0
    labelled: int = 0
    erased: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reason: str = ""
    fault: str = ""
    duplicate_of: str = ""
    forced: bool = False
    sequence: int = 0
    decided_by: str = ""
    trusted: bool = False
    statistics: dict[str, Any] = field(default_factory=dict)
    extraction: dict[str, Any] = field(default_factory=dict)
    stored: int = 0

    @property
    def explanation(self) -> str:
        """Return why the file is in its state, for people: the reason with the fault, if any."""
        return f"{self.reason} {self.fault}.".lstrip() if self.fault else self.reason

    @property
    def sentence(self) -> str:
        """Return the file's state and counts in words, without a value of any row."""
        counts = f"{self.accepted:,} rows accepted, {self.rejected:,} rejected"
        reasons = ", ".join(f"{rule} {n:,}" for rule, n in self.reasons.items())
        told = f"{self.file} is {self.state}: {counts}" + (f" ({reasons})" if reasons else "")
        return " ".join(
            f"{part.rstrip('.')}." for part in (told, *self.warnings, self.reason) if part
        )


def file_id_of(event: ObjectFinalized) -> str:
    """Return the sha256 of bucket, name and generation: one id per generation of an object."""
    return sha256(f"{event.bucket}/{event.name}#{event.generation}".encode()).hexdigest()


def uploaded_name(file: str) -> str:
    """Return the name under which a file was uploaded: a command adds -2, -3, … to a taken one."""
    stem, dot, suffix = file.rpartition(".")
    return re.sub(r"-[0-9]+$", "", stem) + dot + suffix


class Ledger:
    """Keep the entries of one problem."""

    def __init__(self, store: ObjectStore, problem: str) -> None:
        self._store = store
        self._problem = problem
        self._folder = f"{FOLDER}{problem}/"

    def begin(self, event: ObjectFinalized, *, forced: bool = False) -> Entry:
        """Return the file's entry; create it when there is none."""
        entry = Entry(
            file_id=file_id_of(event),
            problem=self._problem,
            bucket=event.bucket,
            file=event.name,
            generation=event.generation,
            forced=forced,
        )
        try:
            return self._put(entry)
        except Conflict:
            return self.get(entry.file_id)

    def get(self, file_id: str) -> Entry:
        """Return one entry.

        Raises:
            NotFound: no file of that id has landed.
        """
        return self._read(self._key(file_id))

    def entries(self) -> Iterator[Entry]:
        """Yield every readable entry of the problem, sorted by generation.

        A damaged entry is logged and left out, so that the other files can continue.
        """
        mine = []
        for info in self._store.list(self._folder):
            try:
                mine.append(self._read(info.key))
            except Rejected as error:
                log.error("%s", error.detail)  # noqa: TRY400 an expected fault has no traceback
        yield from sorted(mine, key=lambda entry: (entry.generation, entry.file_id))

    def move(self, entry: Entry, state: str, **changes: Any) -> Entry:  # noqa: ANN401 fields of Entry
        """Move an entry from the version that was read to another state.

        Raises:
            Conflict: another process moved it; read it again and continue from its state.
        """
        return self._put(replace(entry, state=state, **changes))

    def next_number(self) -> int:
        """Return 1, 2, 3, …: loads and revocations in the order in which they were decided.

        A crash may leave a number unused; none is given twice.

        Raises:
            Conflict: other processes take numbers all the time.
        """
        key = f"sequences/{self._problem}/newest"
        for _ in range(NUMBER_TRIES):
            try:
                data, info = self._store.get(key) or (b"0", None)
            except NotFound:
                data, info = b"0", None
            number = int(data) + 1
            with suppress(Conflict):
                version = info.version if info else 0
                self._store.put(key, str(number).encode(), if_version=version)
                return number
        raise Conflict(f"{key}: other processes take numbers all the time.")

    def _key(self, file_id: str) -> str:
        return f"{self._folder}{file_id}.json"

    def _put(self, entry: Entry) -> Entry:
        document = {name: value for name, value in asdict(entry).items() if name != "stored"}
        data = (json.dumps(document, indent=1) + "\n").encode()
        info = self._store.put(self._key(entry.file_id), data, if_version=entry.stored)
        return replace(entry, stored=info.version)

    def _read(self, key: str) -> Entry:
        found = self._store.get(key)
        if found is None:
            raise NotFound(f"{key} is not there.")
        data, info = found
        try:
            known = {one.name for one in fields(Entry)}
            # A newer version, which runs beside this one during a deployment, may know more.
            document = {name: v for name, v in json.loads(data).items() if name in known}
            document["warnings"] = tuple(document["warnings"])
            return Entry(**document, stored=info.version)
        except (ValueError, KeyError, TypeError) as error:
            raise Rejected(f"{key} is not a readable ledger entry: {error!r}.") from error
