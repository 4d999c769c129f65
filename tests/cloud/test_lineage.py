"""Lineage on Google Cloud: a pin names an object of the bucket, a dataset's rows are ingested."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import Run, run_here
from tests.wire.platform import MODELS, WirePlatform, finalized, wire_services
from titanic_mlops.ledger import Ledger
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.platforms import Platform
from titanic_mlops.platforms.choice import open_platform
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import EXTRACT, HOME, PINNED, Settings

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"


@pytest.fixture
def services(titanic: Problem, tmp_path: Path) -> Iterator[WirePlatform]:
    with wire_services(titanic, tmp_path) as served:
        yield served


@pytest.fixture
def here(services: WirePlatform, titanic: Problem) -> Platform:
    """Return the platform, with the real table loaded and nothing trained."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in services.environment.items():
            patch.setenv(name, value)
        opened = open_platform(Settings.from_env(services.environment), titanic)
        ingest_data(finalized(opened.land(TABLE)), titanic, opened.ports)
    return opened


@pytest.mark.usefixtures("here")
def test_a_laptop_pulls_what_the_cloud_has_pinned(services: WirePlatform, tmp_path: Path) -> None:
    def run(*words: str) -> Run:
        env = {**services.environment, HOME: str(tmp_path / "home"), PINNED: "titanic"}
        return run_here(words, env, cwd=tmp_path)

    made = run("data", "pin", "--json").json
    assert made["uri"] == f"gs://{MODELS}/snapshots/titanic/{made['sha256']}.parquet"
    pulled = run("data", "pull", "--platform", "local", "--json")
    assert pulled.json["pulled"] is True, pulled.err
    trained = run("train", "--platform", "local", "--json").json
    assert trained["promoted"] is True

    file = tmp_path / "data" / "titanic.json"
    file.write_text(json.dumps({**made, "sha256": "0" * 64, "uri": f"gs://{MODELS}/nothing"}))
    lost = run("data", "pull", "--platform", "local")
    assert (lost.status, "nothing, which the pin names, is not there" in lost.err) == (1, True)


def test_rows_of_a_dataset_are_landed_with_their_origin(
    services: WirePlatform, here: Platform, titanic: Problem, tmp_path: Path
) -> None:
    query = "SELECT * EXCEPT (split) FROM training_set WHERE Pclass = 1"
    env = {**services.environment, EXTRACT: "titanic", HOME: str(tmp_path / "home")}
    done = run_here(["ingest", "--query", query, "--no-wait", "--json", "--force"], env)
    assert done.status == 0, done.out + done.err
    ledger = Ledger(here.ports.storage, "titanic")
    entry = ingest_data(finalized(ledger.get(done.json["file_id"])), titanic, here.ports)
    assert entry.file.startswith("titanic/extracted/training_set-")
    told = {name: entry.extraction[name] for name in ("dataset", "table", "query", "rows")}
    assert told == {"dataset": "titanic", "table": "training_set", "query": query, "rows": 216}
