"""A platform of real parts in a temporary home, and ways to drop files on it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from titanic_mlops.events import ObjectFinalized
from titanic_mlops.ledger import Entry
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.ports import LANDING_BUCKET
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
Row = Mapping[str, str]


@pytest.fixture
def platform(tmp_path: Path) -> LocalPlatform:
    return open_local(Settings(tmp_path / "home"), load_problem("titanic"))


@pytest.fixture
def table() -> list[dict[str, str]]:
    with TABLE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def land(platform: LocalPlatform) -> Callable[[str, bytes], ObjectFinalized]:
    """Write an object into the landing bucket; return the event that tells of it."""

    def write(name: str, data: bytes) -> ObjectFinalized:
        info = platform.ports.landing.put(f"titanic/{name}", data)
        return ObjectFinalized(LANDING_BUCKET, info.key, info.version)

    return write


@pytest.fixture
def drop(
    platform: LocalPlatform, land: Callable[[str, bytes], ObjectFinalized]
) -> Callable[..., Entry]:
    """Land rows as a CSV and ingest it."""

    def ingest(name: str, rows: Iterable[Row], *, forced: bool = False) -> Entry:
        event = land(name, as_csv(rows))
        return ingest_data(event, platform.problem, platform.ports, forced=forced)

    return ingest


def as_csv(rows: Iterable[Row]) -> bytes:
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
