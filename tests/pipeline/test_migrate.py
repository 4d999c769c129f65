"""A home of the version before: rows were merged by key, and one raw file is gone."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from tests.pipeline.crashing import AFTER, Crash, CrashAt, Point, hooked
from tests.shortcuts import kept_open
from titanic_mlops.adapters.local.warehouse import DuckDBWarehouse
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.file_decisions import revoke
from titanic_mlops.pipeline.migrate import BEFORE, migrate
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.local.ports import local_ports, open_queue
from titanic_mlops.ports import Ports
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings
from titanic_mlops.tables.problem import tables_of

ARCHIVE = Path(__file__).parents[1] / "homes" / "before_numbered_loads.tar.xz"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "home"


def opened(home: Path) -> LocalPlatform:
    return open_local(Settings(home), load_problem("titanic"))


def rows(platform: LocalPlatform, select: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in platform.ports.warehouse.query(select).to_pylist()]


BY_FILE = "SELECT file_id, COUNT(*) AS n FROM accepted_rows GROUP BY file_id ORDER BY n"
RECORDS = "SELECT PassengerId, Survived, Fare, Age, split FROM training_set ORDER BY PassengerId"


def test_merged_rows_become_the_rows_of_their_files(home: Path) -> None:
    platform = opened(home)
    files = {entry.file: entry for entry in Ledger(platform.ports.storage, "titanic").entries()}
    first, third = files["titanic/first.csv"], files["titanic/third.csv"]
    # the file that is gone set the features of 580-689 and the labels of five in the third file
    kept = 110 + 5
    assert rows(platform, BY_FILE) == [
        (BEFORE, kept),
        (third.file_id, 201),
        (first.file_id, 600),
    ]
    assert [files[f"titanic/{name}.csv"].sequence for name in ("first", "lost", "third")] == [
        1,
        0,
        2,
    ]
    known = rows(platform, RECORDS)
    assert len(known) == 891
    assert [row[1] for row in known[690:695]] != [None] * 5


def test_what_is_read_is_what_was_merged(home: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(home, tmp_path / "copy")
    before = DuckDBWarehouse(copy / "titanic.duckdb").query(
        RECORDS.replace("training_set", "training_data")
    )
    assert opened(home).ports.warehouse.query(RECORDS).equals(before)


def test_a_migrated_file_can_be_revoked(home: Path) -> None:
    platform = opened(home)
    (third,) = (
        entry
        for entry in Ledger(platform.ports.storage, "titanic").entries()
        if entry.file == "titanic/third.csv"
    )
    revoke(third.file_id, platform.problem, platform.ports, why="wrong", by="me")
    assert len(rows(platform, RECORDS)) == 695


def ports_of(home: Path) -> Ports:
    """Return the ports of a home that is not migrated."""
    settings, problem = Settings(home), load_problem("titanic")
    warehouse = DuckDBWarehouse(home / "titanic.duckdb")
    warehouse.ensure(tables_of(problem))
    return local_ports(settings, warehouse, open_queue(settings, problem))


def test_a_crash_while_migrating_loses_nothing(home: Path, tmp_path: Path) -> None:
    whole = opened(shutil.copytree(home, tmp_path / "whole"))
    counting = CrashAt()
    migrate(whole.problem, hooked(ports_of(shutil.copytree(home, tmp_path / "one")), counting))
    assert len(counting.calls) > 20
    for number in range(0, len(counting.calls), 11):
        place = shutil.copytree(home, tmp_path / f"crash {number}")
        with pytest.raises(Crash), kept_open(place / "titanic.duckdb"):
            migrate(whole.problem, hooked(ports_of(place), CrashAt(Point(number, AFTER))))
        again = opened(place)
        for select in (RECORDS, BY_FILE):
            assert rows(again, select) == rows(whole, select)
        shutil.rmtree(place)
