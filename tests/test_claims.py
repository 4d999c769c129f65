"""Which of the files with equal bytes is loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.claims import Claims, outdated_duplicates
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Entry, Ledger


def test_bytes_belong_to_the_first_file_until_it_is_quarantined(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    ledger, claims = Ledger(store, "titanic"), Claims(store, "titanic")
    first = ledger.begin(ObjectFinalized("landing", "titanic/a.csv", 1))
    second = ledger.begin(ObjectFinalized("landing", "titanic/b.csv", 1))
    assert claims.claim(first, "digest") == first.file_id
    assert claims.claim(second, "digest") == first.file_id
    assert claims.claim(first, "digest") == first.file_id
    ledger.move(first, "quarantined")
    assert claims.claim(second, "digest") == second.file_id


def entry(name: str, generation: int, digest: str, state: str = "done", of: str = "") -> Entry:
    file = f"titanic/{name}.csv"
    return Entry(
        f"{name}#{generation}", "titanic", "landing", file, generation, state, digest,
        duplicate_of=of,
    )  # fmt: skip


OWNER = entry("a", 1, "A")
BETWEEN = entry("a", 2, "B")
DUPLICATE = entry("a", 3, "A", "duplicate", of="a#1")


def test_a_duplicate_is_outdated_by_another_content_of_its_name() -> None:
    assert outdated_duplicates([OWNER, BETWEEN, DUPLICATE]) == [DUPLICATE]


@pytest.mark.parametrize(
    "between",
    [
        replace(BETWEEN, generation=4),
        replace(BETWEEN, file="titanic/b.csv"),
        replace(BETWEEN, state="revoked"),
        replace(BETWEEN, state="received", sha256=""),
        replace(BETWEEN, sha256="A"),
    ],
    ids=["later", "another name", "revoked", "not read yet", "the same bytes"],
)
def test_a_duplicate_stays_one(between: Entry) -> None:
    assert outdated_duplicates([OWNER, between, DUPLICATE]) == []
