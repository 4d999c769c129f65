"""What many tests look at and none changes: the real table and models trained on it, once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import pandas as pd
import pytest

from tests.invented_flowers import PROBLEM as FLOWERS
from tests.invented_flowers import flowers
from tests.invented_problem import PROBLEM as FLATS
from tests.invented_rows import flats
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.model import Model
from titanic_mlops.learning.training import records_of, train
from titanic_mlops.learning.training.fit import export, fit
from titanic_mlops.learning.training.lesson import Estimator
from titanic_mlops.platforms.local.platform import open_local
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST, TRAIN, split_of
from titanic_mlops.settings import Settings

TABLE = Path(__file__).parents[1] / "dataset" / "titanic.csv"

LONGEST = Path(__file__).parent / "infrastructure" / "test_configuration.py"
CHILDREN = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage measures the processes that a test starts."""


def pytest_configure() -> None:
    """Ask no proxy for this machine: one would not find it, and looking for one takes 2 ms."""
    name = "no_proxy" if "no_proxy" in os.environ else "NO_PROXY"
    hosts = [os.environ.get(name, ""), "127.0.0.1", "localhost"]
    os.environ[name] = ",".join(filter(None, hosts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest test, so that none of those that exclude it has to wait for it."""
    items.sort(key=lambda item: item.path != LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Pause coverage during a test that repeats covered lines: measuring would double its time."""
    measured = coverage.Coverage.current()
    if measured is None or item.get_closest_marker("repeats") is None:
        return (yield)
    children = os.environ.pop(CHILDREN, None)
    measured.stop()
    try:
        return (yield)
    finally:
        measured.start()
        if children is not None:
            os.environ[CHILDREN] = children


@pytest.fixture(scope="session")
def titanic() -> Problem:
    return load_problem("titanic")


@pytest.fixture(scope="session")
def titanic_rows(titanic: Problem) -> pd.DataFrame:
    """Return the real table with its split. Copy it before a change."""
    rows = pd.read_csv(TABLE)
    rows["split"] = [split_of(titanic.name, key) for key in rows[titanic.split_key]]
    return rows


@pytest.fixture(scope="session")
def titanic_training(titanic_rows: pd.DataFrame) -> list[Record]:
    return records_of(titanic_rows, TRAIN)


@pytest.fixture(scope="session")
def titanic_holdout(titanic_rows: pd.DataFrame) -> list[Record]:
    return records_of(titanic_rows, TEST)


@pytest.fixture(scope="session")
def titanic_model(titanic: Problem, titanic_rows: pd.DataFrame) -> Model:
    return train(titanic, titanic_rows)


@pytest.fixture(scope="session")
def fitted(titanic: Problem, titanic_training: list[Record]) -> tuple[Encoder, Estimator, Model]:
    """Return scikit-learn's estimator and what is exported from it."""
    encoder, estimator = fit(titanic, titanic_training)
    return encoder, estimator, export(titanic, encoder, estimator, titanic_training)


@pytest.fixture(scope="session")
def flat_rows() -> pd.DataFrame:
    """Return rows of the invented regression. Copy it before a change."""
    return flats(1200, seed=7)


@pytest.fixture(scope="session")
def flat_model(flat_rows: pd.DataFrame) -> Model:
    return train(FLATS, flat_rows)


@pytest.fixture(scope="session")
def flower_rows() -> pd.DataFrame:
    """Return rows of the invented classification into three words. Copy it before a change."""
    return flowers(900, seed=5)


@pytest.fixture(scope="session")
def flower_model(flower_rows: pd.DataFrame) -> Model:
    return train(FLOWERS, flower_rows)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with a champion of the real table. Copy it, do not change it."""
    home = tmp_path_factory.mktemp("trained")
    platform = open_local(Settings(home), load_problem("titanic"))
    assert platform.wait_until_final(platform.land(TABLE).file_id).state == "done"
    platform.queue.close()
    return home
