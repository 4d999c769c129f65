"""The warehouse counts stored predictions as Python counts the same records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest

from tests.cli.conftest import TABLE
from tests.sales_problem import SALES
from tests.test_every_type import sales
from titanic_mlops.monitoring import Profile, profile_of
from titanic_mlops.monitoring.counting import counting, counts_in
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.ports import Warehouse
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.settings import Settings
from titanic_mlops.tables.arrow import to_scalars

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PROBLEMS = ["titanic", "movies", "salary", "sales"]


def table_of(name: str, folder: Path) -> tuple[Problem, Path]:
    """Return a problem and a file of some of its rows."""
    if name == "sales":
        return SALES, sales(folder / "sales.csv")
    path = folder / f"{name}.csv"
    with (TABLE.parent / f"{name}.csv").open(encoding="utf-8") as whole:
        path.write_text("".join(islice(whole, 900)), encoding="utf-8")
    return load_problem(name), path


def records(rows: pa.Table) -> list[Record]:
    listed: list[Record] = to_scalars(rows).to_pylist()
    return listed


@pytest.fixture(scope="module", params=PROBLEMS)
def answered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Problem, LocalPlatform]]:
    """Return a platform whose records were all asked about, half of them a day later."""
    folder = tmp_path_factory.mktemp(request.param)
    problem, path = table_of(request.param, folder)
    platform = open_local(Settings(folder / "home"), problem)
    platform.land(path)
    while platform.handle_next():
        pass
    names = ", ".join(f"`{column.name}`" for column in problem.inputs)
    answer = f"`{problem.target}`" if problem.classes else "100.5"
    stored = platform.ports.warehouse.execute(
        "INSERT INTO predictions_data (uuid, requested_at, model_version, prediction, probability,"
        f" {names}) SELECT record_id, IF(MOD(row_number, 2) = 0, @noon, @later), 3, {answer},"
        f" MOD(row_number, 100) / 100, {names} FROM training_set WHERE `{problem.target}`"
        " IS NOT NULL",
        {"noon": NOON, "later": NOON + timedelta(days=1)},
    )
    assert stored > 25
    yield problem, platform
    platform.queue.close()


def selected(warehouse: Warehouse, even: str) -> list[Record]:
    return records(warehouse.query(f"SELECT * FROM predictions WHERE {even}"))


def profiled(problem: Problem, rows: list[Record]) -> Profile:
    answers = [row["probability" if len(problem.classes) == 2 else "prediction"] for row in rows]
    return profile_of(problem, rows, answers)


def test_the_warehouse_counts_as_python_does(answered: tuple[Problem, LocalPlatform]) -> None:
    """It catches an edge on the other side, a literal of the wrong type, a bin that SQL forgets."""
    problem, platform = answered
    warehouse = platform.ports.warehouse
    first = selected(warehouse, "requested_at = TIMESTAMP '2026-05-01 12:00:00+00:00'")
    second = selected(warehouse, "requested_at > TIMESTAMP '2026-05-01 12:00:00+00:00'")
    profile = profiled(problem, first)
    asked = counting(profile, 3, NOON + timedelta(seconds=1), NOON + timedelta(days=2))
    found = counts_in(profile, warehouse.query(asked.sql, asked.params).to_pylist())
    values = [
        [row["probability" if bins.column == "probability" else bins.column] for row in second]
        for bins in profile.all_bins
    ]
    expected = [
        bins.counted(column).counts for bins, column in zip(profile.all_bins, values, strict=True)
    ]
    assert dict(zip((bins.name for bins in profile.all_bins), found, strict=True)) == dict(
        zip((bins.name for bins in profile.all_bins), expected, strict=True)
    )
    assert {sum(counts) for counts in found} == {len(second)}


def test_other_versions_and_times_are_not_counted(
    answered: tuple[Problem, LocalPlatform],
) -> None:
    problem, platform = answered
    warehouse = platform.ports.warehouse
    profile = profiled(problem, selected(warehouse, "TRUE"))
    for version, since in ((4, NOON), (3, NOON + timedelta(days=2))):
        asked = counting(profile, version, since, since + timedelta(days=9))
        found = counts_in(profile, warehouse.query(asked.sql, asked.params).to_pylist())
        assert sum(map(sum, found)) == 0


def test_a_profile_survives_a_round_trip_through_json(
    answered: tuple[Problem, LocalPlatform],
) -> None:
    problem, platform = answered
    profile = profiled(problem, selected(platform.ports.warehouse, "TRUE"))
    assert Profile.from_json(profile.to_json()) == profile
    assert all(bins.rows == profile.score.rows for bins in profile.all_bins)
