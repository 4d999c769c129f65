"""What ships is what is tested: each zip, with its own requirements only, does its work."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.wire.platform import WirePlatform, topic, wire_services
from titanic_mlops import prediction
from titanic_mlops.champion import Champion
from titanic_mlops.ledger import Ledger
from titanic_mlops.platforms.ports import open_ports
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.settings import Settings
from tools.bundle import NoIndex, Served, install, serving, unzip, zipped
from tools.reach import BUNDLES

pytestmark = pytest.mark.repeats

TABLE = Path(__file__).parents[2] / "dataset" / "titanic.csv"
LEFT_OUT = json.loads(BUNDLES.read_text(encoding="utf-8"))["leaves_out"]
OPTIONS = {"predictions_endpoint": ["--asgi"]}
PATIENCE_SECONDS = 60
JACK = {"Pclass": "3", "Sex": "male", "SibSp": 0, "Parch": 0, "Name": ""}
NEEDLESS = {
    "ingest_data": ["sklearn", "scipy", "pandas", "duckdb"],
    "monitor_model": ["sklearn", "scipy", "pandas", "duckdb"],
    "predictions_endpoint": ["sklearn", "scipy", "pandas", "duckdb", "pyarrow"],
    "train_model": ["duckdb"],
}


@pytest.fixture(scope="module")
def wire(titanic: Problem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WirePlatform]:
    with (
        wire_services(titanic, tmp_path_factory.mktemp("wire")) as served,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in served.environment.items():
            patch.setenv(name, value)
        yield served


@pytest.fixture(scope="module")
def ports(wire: WirePlatform, titanic: Problem) -> Ports:
    return open_ports(Settings.from_env(wire.environment), titanic)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return for each function the Python beside its unzipped bundle."""
    folders = {name: tmp_path_factory.mktemp(name) for name in LEFT_OUT}
    for name, folder in folders.items():
        unzip(zipped(name, LEFT_OUT[name]), folder)
    with ThreadPoolExecutor(2) as threads:
        try:
            return dict(zip(folders, threads.map(install, folders.values()), strict=True))
        except NoIndex as reason:
            pytest.skip(f"No index of packages can be reached: {reason}")


@pytest.fixture(scope="module")
def deployed(wire: WirePlatform, installed: dict[str, Path]) -> Iterator[dict[str, Served]]:
    """Serve all four, those of them that hear a topic wired to it."""
    with ExitStack() as stack:

        def start(name: str) -> Served:
            python = installed[name]
            folder = python.parents[2]
            options = OPTIONS.get(name, [])
            return stack.enter_context(serving(name, folder, python, wire.environment, *options))

        served = {name: start(name) for name in installed}
        topics = wire.pubsub.topics
        topics[topic("landing")].endpoints.append(served["ingest_data"].address)
        topics[topic("ingestion_complete")].endpoints.append(served["train_model"].address)
        yield served


@pytest.fixture(scope="module")
def champion(deployed: dict[str, Served], wire: WirePlatform, ports: Ports) -> Champion:
    """Land the real table; return what has come of it."""
    assert deployed
    ports.landing.put("titanic/titanic.csv", TABLE.read_bytes())
    eventually(wire.pubsub.quiet)
    return Registry(ports.storage, "titanic").champion()


@pytest.mark.parametrize("function", sorted(LEFT_OUT))
def test_a_bundle_installs_nothing_heavy_that_it_does_not_use(
    function: str, installed: dict[str, Path]
) -> None:
    (packages,) = installed[function].parents[1].glob("lib/python*/site-packages")
    assert (packages / "functions_framework").is_dir()
    assert [name for name in NEEDLESS[function] if (packages / name).exists()] == []


def test_two_bundles_make_a_champion_of_a_landed_file(
    champion: Champion, wire: WirePlatform, ports: Ports
) -> None:
    assert [e.state for e in Ledger(ports.storage, "titanic").entries()] == ["done"]
    counted = wire.warehouse.rows("SELECT COUNT(*) AS n FROM training_data")
    assert (counted, champion.version) == ([{"n": 891}], 1)


def test_the_endpoints_bundle_answers_and_stores_its_record(
    champion: Champion, deployed: dict[str, Served], wire: WirePlatform
) -> None:
    status, answered = ask(deployed["predictions_endpoint"], JACK)
    assert (status, answered["model_version"]) == (200, champion.version)
    eventually(lambda: wire.warehouse.rows("SELECT uuid FROM predictions"))
    stored = wire.warehouse.rows("SELECT uuid, model_version FROM predictions")
    assert stored == [{"uuid": answered["uuid"], "model_version": champion.version}]


@pytest.mark.usefixtures("champion")
def test_the_monitors_bundle_publishes_spooled_records(
    deployed: dict[str, Served], wire: WirePlatform, ports: Ports, titanic: Problem
) -> None:
    version, model = Registry(ports.storage, "titanic").champion_model()
    made = prediction.predict(
        titanic, JACK, model=model, version=version, uuid="spooled", now=ports.clock.now()
    )
    ports.storage.put("spool/titanic/one.jsonl", made.stored())
    assert ask(deployed["monitor_model"], None) == (200, {"announced": 0, "republished": 1})
    stored = wire.warehouse.rows("SELECT uuid FROM predictions WHERE uuid = 'spooled'")
    assert stored == [{"uuid": "spooled"}]


@pytest.mark.usefixtures("champion")
@pytest.mark.parametrize("function", ["monitor_model", "predictions_endpoint"])
def test_a_server_outlives_a_pause_longer_than_its_timeout(
    function: str, installed: dict[str, Path], wire: WirePlatform
) -> None:
    """Cloud Run takes the CPU away between requests, so no worker sends a heartbeat."""
    python = installed[function]
    settings = {**wire.environment, "CLOUD_RUN_TIMEOUT_SECONDS": "1"}
    options = OPTIONS.get(function, [])
    with serving(function, python.parents[2], python, settings, *options) as served:
        assert ask(served, JACK)[0] == 200
        for pause in range(2):
            os.killpg(served.process, signal.SIGSTOP)
            time.sleep(3)
            os.killpg(served.process, signal.SIGCONT)
            assert ask(served, JACK)[0] == 200, pause
        time.sleep(2)  # gunicorn looks at its workers once a second
        assert "WORKER TIMEOUT" not in served.log.read_text(encoding="utf-8")


def ask(served: Served, body: object) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(served.address.removeprefix("http://"), timeout=60)
    connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said


def eventually(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)
