"""A local platform in a temporary home, and functions that land files on it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.shortcuts import kept_open, trained_once
from titanic_mlops.events import INGESTION_COMPLETE, ObjectFinalized
from titanic_mlops.ledger import Entry
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
Row = Mapping[str, str]
Rows = list[dict[str, str]]
Drop = Callable[..., Entry]
Land = Callable[[str, bytes], ObjectFinalized]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LocalPlatform]:
    home = tmp_path / "home"
    with kept_open(home / "titanic.duckdb"):
        yield open_local(Settings(home), load_problem("titanic"))


@pytest.fixture
def known_models() -> Iterator[None]:
    """Train on the same rows once."""
    with trained_once():
        yield


@pytest.fixture
def table() -> list[dict[str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def land(platform: LocalPlatform) -> Land:
    """Write an object into the landing bucket; return the event that tells of it."""

    def write(name: str, data: bytes) -> ObjectFinalized:
        info = platform.ports.landing.put(f"titanic/{name}", data)
        return ObjectFinalized(LANDING_BUCKET, info.key, info.version)

    return write


@pytest.fixture
def drop(platform: LocalPlatform, land: Land) -> Drop:
    """Land rows as a CSV and ingest it."""

    def ingest(name: str, rows: Iterable[Row], *, forced: bool = False) -> Entry:
        event = land(name, as_csv(rows))
        return ingest_data(event, platform.problem, platform.ports, forced=forced)

    return ingest


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replace pauses between retries by nothing; return their seconds."""
    asked: list[float] = []
    monkeypatch.setattr("titanic_mlops.pipeline.predict.time.sleep", asked.append)
    return asked


def as_csv(rows: Iterable[Row]) -> bytes:
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def query(platform: LocalPlatform, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = platform.ports.warehouse.query(sql).to_pylist()
    return rows


def count(platform: LocalPlatform, table: str) -> int:
    return int(query(platform, f"SELECT COUNT(*) AS n FROM {table}")[0]["n"])


def announcements(platform: LocalPlatform) -> int:
    return platform.queue.depth([INGESTION_COMPLETE])


def spoil(rows: Rows, n: int) -> Rows:
    return [{**row, "Age": "130"} if i < n else row for i, row in enumerate(rows)]


def staged(platform: LocalPlatform) -> list[str]:
    return [info.key for info in platform.ports.storage.list("staging/")]
