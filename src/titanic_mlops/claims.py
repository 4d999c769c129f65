"""Which file owns which bytes: the same bytes are loaded once, the rest are duplicates."""

from __future__ import annotations

import json
from collections.abc import Sequence

from titanic_mlops.errors import Conflict, NotFound
from titanic_mlops.ledger import RETRYABLE_STATES, Entry, Ledger, uploaded_name
from titanic_mlops.ports import ObjectStore


class Claims:
    """Keep the owner of each content of one problem."""

    def __init__(self, store: ObjectStore, problem: str) -> None:
        self._store = store
        self._folder = f"contents/{problem}"
        self._ledger = Ledger(store, problem)

    def claim(self, entry: Entry, digest: str) -> str:
        """Return the id of the file that owns these bytes: this one, or an earlier one.

        A file in one of `RETRYABLE_STATES` loses its claim to the next file with its bytes; so
        does one that another content of its name has superseded, whose rows are newer.

        Raises:
            Conflict: another file claimed the bytes at the same time.
        """
        key = self._key(digest)
        claim = json.dumps({"file_id": entry.file_id}).encode()
        try:
            self._store.put(key, claim, if_version=0)
        except Conflict:
            found = self._store.get(key)
            data, info = found or (claim, None)
            owner: str = json.loads(data)["file_id"]
            if owner == entry.file_id or not self._has_lost(owner, digest, entry):
                return owner
            self._store.put(key, claim, if_version=info.version if info else None)
        return entry.file_id

    def owner_of(self, digest: str, claimant: Entry) -> Entry | None:
        """Return the file that owns these bytes, None if `claimant` would own them."""
        try:
            found = self._store.get(self._key(digest))
        except NotFound:
            return None
        owner: str = json.loads(found[0])["file_id"] if found else ""
        return None if self._has_lost(owner, digest, claimant) else self._ledger.get(owner)

    def _has_lost(self, file_id: str, digest: str, claimant: Entry) -> bool:
        try:
            owner = self._ledger.get(file_id)
        except NotFound:
            return True
        return owner.state in RETRYABLE_STATES or any(
            _supersedes(other, owner, digest) and other.file_id != claimant.file_id
            for other in self._ledger.entries()
        )

    def _key(self, digest: str) -> str:
        return f"{self._folder}/{digest}.json"


def outdated_duplicates(entries: Sequence[Entry]) -> list[Entry]:
    """Return the duplicates whose bytes are no longer what their name has loaded last.

    Another content of the name landed between the owner of the bytes and the duplicate, but was
    read after both: without the duplicate's rows, its rows would count as the newest.
    """
    known = {entry.file_id: entry for entry in entries}
    return [
        entry
        for entry in entries
        if entry.state == "duplicate"
        and (owner := known.get(entry.duplicate_of))
        and any(
            _supersedes(other, owner, entry.sha256)
            and other.sha256
            and other.generation < entry.generation
            for other in entries
        )
    ]


def _supersedes(other: Entry, owner: Entry, digest: str) -> bool:
    return (
        uploaded_name(other.file) == uploaded_name(owner.file)
        and other.generation > owner.generation
        and other.state not in RETRYABLE_STATES
        and other.sha256 != digest  # of a file that is not read yet, it is unknown
    )
