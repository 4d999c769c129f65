"""One object per landed file, moved by compare-and-set: where each file stands, for ever.

received → staged → loaded → announced → done
         ↘ held (→ staged or quarantined, by a person), quarantined, gone, duplicate, ignored
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any

from titanic_mlops.errors import Conflict, NotFound, Rejected
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ports import ObjectStore

log = logging.getLogger("titanic_mlops.ledger")

FOLDER = "ledger/"
FINAL = ("done", "held", "quarantined", "gone", "duplicate", "ignored")
FRUITLESS = ("quarantined", "gone", "ignored")
"""States after which the same bytes may come again as if for the first time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one landed file stands. `stored` is the object's version, for compare-and-set.

    `reasons` counts refused rows by `field:rule`; `reason` says why the state is not a
    matter of course, and `duplicate_of` which file brought the same bytes before; `forced`
    is a person's word against that rule.
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
    reasons: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    reason: str = ""
    duplicate_of: str = ""
    forced: bool = False
    stored: int = 0

    @property
    def sentence(self) -> str:
        """Return where the file stands, without a value of any row."""
        counts = f"{self.accepted:,} rows accepted, {self.rejected:,} refused"
        reasons = ", ".join(f"{rule} {n:,}" for rule, n in self.reasons.items())
        told = f"{self.file} is {self.state}: {counts}" + (f" ({reasons})" if reasons else "")
        return " ".join(
            f"{part.rstrip('.')}." for part in (told, *self.warnings, self.reason) if part
        )


def file_id_of(event: ObjectFinalized) -> str:
    """Return what identifies one generation of one object, for ever."""
    return sha256(f"{event.bucket}/{event.name}#{event.generation}".encode()).hexdigest()


class Ledger:
    """Keep the entries of one problem."""

    def __init__(self, store: ObjectStore, problem: str) -> None:
        self._store = store
        self._problem = problem

    def begin(self, event: ObjectFinalized, *, forced: bool = False) -> Entry:
        """Return the file's entry, a new one when it was never seen."""
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
        return self._read(f"{FOLDER}{file_id}.json")

    def entries(self) -> Iterator[Entry]:
        """Yield every readable entry of the problem, by the order of their generations.

        One that is damaged is logged; it must not keep the others from going on.
        """
        mine = []
        for info in self._store.list(FOLDER):
            try:
                entry = self._read(info.key)
            except Rejected as error:
                log.error("%s", error.detail)  # noqa: TRY400 an expected fault has no traceback
                continue
            if entry.problem == self._problem:
                mine.append(entry)
        yield from sorted(mine, key=lambda entry: (entry.generation, entry.file_id))

    def move(self, entry: Entry, state: str, **changes: Any) -> Entry:  # noqa: ANN401 fields of Entry
        """Move an entry on from the state in which it was read.

        Raises:
            Conflict: somebody else moved it; read it again, then go on from there.
        """
        return self._put(replace(entry, state=state, **changes))

    def claim_content(self, entry: Entry, digest: str) -> str:
        """Return the id of the file that these bytes belong to: this one, or an earlier one.

        A file that came to nothing gives its claim up.
        """
        key = f"contents/{self._problem}/{digest}.json"
        claim = json.dumps({"file_id": entry.file_id}).encode()
        try:
            self._store.put(key, claim, if_version=0)
        except Conflict:
            found = self._store.get(key)
            data, info = found if found else (claim, None)
            owner: str = json.loads(data)["file_id"]
            if owner == entry.file_id or not self._came_to_nothing(owner):
                return owner
            self._store.put(key, claim, if_version=info.version if info else None)
        return entry.file_id

    def _came_to_nothing(self, file_id: str) -> bool:
        try:
            return self.get(file_id).state in FRUITLESS
        except NotFound:
            return True

    def _put(self, entry: Entry) -> Entry:
        document = {name: value for name, value in asdict(entry).items() if name != "stored"}
        data = (json.dumps(document, indent=1) + "\n").encode()
        info = self._store.put(f"{FOLDER}{entry.file_id}.json", data, if_version=entry.stored)
        return replace(entry, stored=info.version)

    def _read(self, key: str) -> Entry:
        found = self._store.get(key)
        if found is None:
            raise NotFound(f"{key} is not there.")
        data, info = found
        try:
            document = json.loads(data)
            document["warnings"] = tuple(document["warnings"])
            return Entry(**document, stored=info.version)
        except (ValueError, KeyError, TypeError) as error:
            raise Rejected(f"{key} is not a readable ledger entry: {error!r}.") from error
