"""What a warehouse that rows are extracted from promises, on every platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.wire.platform import WirePlatform, wire_services
from titanic_mlops.errors import NotFound, Rejected, SettingsInvalid
from titanic_mlops.pipeline.extraction import Source
from titanic_mlops.platforms.extraction_source import open_source
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import EXTRACT, HOME, Settings


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WirePlatform]:
    with wire_services(load_problem("titanic"), tmp_path_factory.mktemp("wire")) as served:
        yield served


@pytest.fixture
def settings(
    platform: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Return settings that name a dataset with three rows."""
    if platform == "local":
        path = tmp_path / "sales.duckdb"
        with duckdb.connect(path) as connection:
            connection.execute("CREATE TABLE people AS SELECT * FROM range(3) r(n)")
        return Settings.from_env({HOME: str(tmp_path), EXTRACT: str(path)})
    served: WirePlatform = request.getfixturevalue("services")
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    found = Settings.from_env({**served.environment, EXTRACT: "titanic"})
    assert found.cloud
    return found


@pytest.fixture
def source(settings: Settings) -> Source:
    return open_source(settings, "titanic")


def test_it_is_named_by_its_dataset(source: Source, platform: str) -> None:
    assert source.dataset == {"local": "sales", "gcp": "titanic"}[platform]


def test_it_gives_the_first_rows_of_a_select(source: Source) -> None:
    numbers = "SELECT n FROM UNNEST([1, 2, 3]) AS n ORDER BY n"
    assert source.look(numbers, 10).column("n").to_pylist() == [1, 2, 3]
    assert source.look(numbers, 2).num_rows == 2


@pytest.mark.parametrize("sql", ["DELETE FROM people WHERE true", "SELECT 1; SELECT 2", "no SQL"])
def test_it_takes_one_select_only(source: Source, sql: str) -> None:
    with pytest.raises(Rejected):
        source.look(sql, 1)


def test_it_names_a_table_that_is_not_there(source: Source) -> None:
    with pytest.raises(NotFound):
        source.look("SELECT * FROM nowhere", 1)


def test_a_source_that_is_not_named_is_asked_for(settings: Settings) -> None:
    with pytest.raises(SettingsInvalid, match="EXTRACT_FROM is not set"):
        open_source(replace(settings, extract_from=""), "titanic")
