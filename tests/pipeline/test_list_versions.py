"""All versions beside the champion: figures on its holdout, verdicts, damage."""

from __future__ import annotations

import pytest

from tests.pipeline.conftest import Drop, Rows
from tests.pipeline.test_train_model import promote, registry, shuffled, train
from titanic_mlops.pipeline.file_decisions import release
from titanic_mlops.pipeline.list_versions import Version, Versions, list_versions
from titanic_mlops.platforms.local.platform import LocalPlatform

pytestmark = pytest.mark.usefixtures("known_models")

FOLDER = "models/titanic/versions"


@pytest.fixture
def three(platform: LocalPlatform, drop: Drop, table: Rows) -> LocalPlatform:
    """Register a version of half the table, a faulty one that was rejected, and the champion."""
    drop("titanic.csv", table[:450])
    train(platform)
    faulty = drop("faulty.csv", shuffled(table))
    release(faulty.file_id, platform.problem, platform.ports)
    train(platform)
    corrected = drop("corrected.csv", table, forced=True)
    if corrected.state == "held":  # it changes the labels of the faulty file
        release(corrected.file_id, platform.problem, platform.ports)
    assert train(platform).version == 3
    if registry(platform).champion().version != 3:
        promote(platform, 3)
    return platform


def listed(platform: LocalPlatform) -> Versions:
    return list_versions(platform.problem, platform.ports.storage)


def of(platform: LocalPlatform, number: int) -> Version:
    (found,) = [v for v in listed(platform).listed if v.number == number]
    return found


def test_all_versions_are_measured_on_the_champions_holdout(three: LocalPlatform) -> None:
    found = listed(three)
    assert [(v.number, v.serves) for v in found.listed] == [(1, False), (2, False), (3, True)]
    assert found.holdout_rows == 198
    first, _, champion = found.listed
    assert champion.card is not None
    assert champion.figures["auc"] == champion.card.metrics["TEST"]["auc"]
    assert first.card is not None
    assert first.figures["auc"] != first.card.metrics["TEST"]["auc"]


def test_each_version_has_its_verdict(three: LocalPlatform) -> None:
    verdicts = [version.verdict for version in listed(three).listed]
    assert verdicts[0].startswith("Version 1 becomes the first champion")
    assert verdicts[1].startswith("Version 2 is rejected by the gate")
    promote(three, 2)
    assert of(three, 2).verdict == "promote by a test: race"


def test_a_damaged_model_keeps_its_card_and_has_no_figures(three: LocalPlatform) -> None:
    three.ports.storage.put(f"{FOLDER}/2/model.npz", b"damaged")
    version = of(three, 2)
    assert "model.npz is not the file that was registered" in version.damaged
    assert version.card is not None
    assert version.figures == {}
    assert of(three, 1).figures


def test_a_registration_that_did_not_finish_is_listed(three: LocalPlatform) -> None:
    three.ports.storage.put(f"{FOLDER}/7/model.npz", b"half")
    assert "Version 7 has no readable card" in of(three, 7).damaged


def test_a_champion_whose_files_are_gone_is_still_marked(three: LocalPlatform) -> None:
    for name in ("model.npz", "model.json", "card.json"):
        three.ports.storage.delete(f"{FOLDER}/3/{name}")
    assert of(three, 3).serves
    assert listed(three).holdout_rows == 0


def test_a_damaged_holdout_is_named(three: LocalPlatform) -> None:
    digest = registry(three).card(3).snapshot.sha256
    three.ports.storage.put(f"snapshots/titanic/{digest}.parquet", b"damaged")
    found = listed(three)
    assert "The champion's holdout cannot be read." in found.damaged[0]
    assert all(version.figures == {} for version in found.listed)


def test_a_damaged_move_is_no_lost_race(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    drop("titanic.csv", table)
    train(platform)
    platform.ports.storage.put("models/titanic/moves/1.json", b"torn")
    told = of(platform, 1).verdict
    assert told == "Version 1 passed the gate; the move that says whether it served is damaged."


def test_without_versions_damage_is_still_named(platform: LocalPlatform) -> None:
    platform.ports.storage.put("models/titanic/moves/1.json", b"torn")
    found = listed(platform)
    assert found.listed == ()
    assert "moves/1.json is not readable" in found.damaged[0]
