"""The command line on Google Cloud, against services over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import ROOT, Run, run_here, run_process
from tests.wire.platform import WirePlatform, deployed, topic, wire_services
from titanic_mlops.problems.base import Problem

TABLE = ROOT / "dataset" / "titanic.csv"
RECORD = '{"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}'


@pytest.fixture(scope="module")
def platform(titanic: Problem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WirePlatform]:
    """Serve Google's services and the deployed functions, wired to each other."""
    with (
        pytest.MonkeyPatch.context() as patched,
        wire_services(titanic, tmp_path_factory.mktemp("wire")) as served,
    ):
        for name, value in served.environment.items():
            patched.setenv(name, value)
        with deployed("ingest_data", "train_model") as addresses:
            topics = served.pubsub.topics
            topics[topic("landing")].endpoints.append(addresses["ingest_data"])
            topics[topic("ingestion_complete")].endpoints.append(addresses["train_model"])
            yield served


def run(platform: WirePlatform, *words: str) -> tuple[int, Any, str]:
    """Run one command; return its status, its document, what it said."""
    return told(run_here(words, platform.environment))


def told(done: Run) -> tuple[int, Any, str]:
    document = done.json if done.out.startswith(("{", "[")) else None
    return done.status, document, done.out + done.err


def test_a_file_is_uploaded_trained_on_and_its_model_predicts(
    platform: WirePlatform, tmp_path: Path
) -> None:
    words = ("ingest", str(TABLE), "--json", "--platform", "gcp")
    status, entry, said = told(run_process(words, platform.environment))
    assert status == 0, said
    assert (entry["state"], entry["accepted"]) == ("done", 891)
    status, versions, said = run(platform, "models", "list", "--json")
    assert status == 0, said
    assert [version["champion"] for version in versions] == [True]
    status, answer, said = run(platform, "predict", RECORD, "--json")
    assert status == 0, said
    assert answer["prediction"] == 0
    assert {"uuid": answer["uuid"]} in platform.warehouse.rows("SELECT uuid FROM predictions")

    held = tmp_path / "held.csv"
    lines = TABLE.read_text().splitlines()[:41]
    held.write_text("\n".join([lines[0], *(line.replace("male", "?") for line in lines[1:])]))
    status, entry, said = run(platform, "ingest", str(held), "--json")
    assert (status, entry["state"]) == (1, "held"), said
    status, listed, said = run(platform, "held", "list", "--json")
    assert [one["file"] for one in listed] == ["titanic/held.csv"], said
    assert run(platform, "held", "discard", listed[0]["file_id"][:8])[0] == 0
    assert run(platform, "dead", "list", "--json")[:2] == (0, [])
    counted = run(platform, "sql", "SELECT COUNT(*) AS n FROM training_set", "--json")
    assert counted[:2] == (0, [{"n": 891}]), counted
    page = run(platform, "table", "ingestions", "--where", "state=held", "--json")
    assert [row["file"] for row in page[1]] == ["titanic/held.csv"], page
    status, found, said = run(platform, "status", "--json")
    assert (status, found["champion"]["version"], found["queue"]) == (0, 1, None), said
    assert found["files"] == {"done": 1, "quarantined": 1}
    assert run(platform, "models", "rollback")[0] == 1


def test_after_an_erasure_a_training_is_without_the_record(platform: WirePlatform) -> None:
    assert run(platform, "ingest", str(TABLE), "--json")[0] == 0
    version = run(platform, "models", "list", "--json")[1][0]["version"]
    before = run(platform, "models", "show", str(version), "--json")[1]

    status, erased, said = run(platform, "erase", "1", "--why", "asked", "--json")

    assert (status, erased["accepted"]) == (0, 1), said
    assert "BigQuery's time travel" in str(erased), said
    count = "SELECT COUNT(*) AS n FROM {} WHERE PassengerId = 1"
    for table in ("training_data", "training_set"):
        assert platform.warehouse.rows(count.format(table)) == [{"n": 0}]
    after = run(platform, "models", "show", str(version), "--json")[1]
    assert after["snapshot"] == before["snapshot"]  # a card is never changed
    assert after["snapshot_now"] != before["snapshot_now"]
    status, trained, said = run(platform, "train", "--json")
    assert (trained["version"], "damaged" in said) == (version + 1, False), said
    _, newest, _ = run(platform, "models", "show", str(version + 1), "--json")
    assert newest["snapshot"]["rows"] == before["snapshot"]["rows"] - 1
    assert run(platform, "models", "list", "--json")[1][0]["damaged"] is None


def test_missing_settings_are_reported_all_at_once(
    platform: WirePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in platform.environment:
        monkeypatch.delenv(name)
    status, _, said = run(replace(platform, environment={"DATASET": "d"}), "models", "list")
    assert status == 1
    for name in ("GOOGLE_CLOUD_PROJECT", "LANDING_BUCKET", "MODEL_BUCKET", "TOPIC_PREDICTIONS"):
        assert name in said
    assert "Traceback" not in said
