"""A file that contradicts what is known is held, with figures; an honest one is not."""

from __future__ import annotations

import random
import re

import pytest

from tests.pipeline.conftest import Drop, Rows, as_csv
from titanic_mlops.events import ObjectFinalized
from titanic_mlops.pipeline.file_decisions import accept, release
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.judge_model import Training
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.local.platform import LocalPlatform
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.registry import Registry

pytestmark = pytest.mark.usefixtures("known_models")


def inverted(rows: Rows) -> Rows:
    return [{**row, "Survived": str(1 - int(row["Survived"]))} for row in rows]


def anew(rows: Rows, first: int = 5001) -> Rows:
    """Give each row another key."""
    return [{**row, "PassengerId": str(first + n)} for n, row in enumerate(rows)]


def strangers(rows: Rows, first: int) -> Rows:
    """Return other people with the features of these."""
    return [{**row, "Name": f"Doe, Mr. {first + n}"} for n, row in enumerate(anew(rows, first))]


def train(platform: LocalPlatform) -> Training:
    return train_model(None, platform.problem, platform.ports)


def test_inverted_labels_are_held_and_never_serve(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    first = drop("titanic.csv", table)
    train(platform)
    held = drop("inverted.csv", inverted(table))
    assert (held.state, held.accepted) == ("held", 891)
    assert "It changes 891 of 891 known labels, more than 5%" in held.reason
    remedy = f"`titanic-mlops files revoke {first.file_id[:8]}` takes back"
    assert f"titanic/titanic.csv, which {remedy}" in held.reason
    assert "Its 891 labels contradict the champion, version 1" in held.reason
    release(held.file_id, platform.problem, platform.ports)
    train(platform)
    assert Registry(platform.ports.storage, "titanic").champion().version == 1


def test_changed_labels_are_held_without_a_champion(drop: Drop, table: Rows) -> None:
    drop("first.csv", table[:50])
    held = drop("second.csv", [*inverted(table[:10]), *table[10:50]])
    assert (held.state, "It changes 10 of 50 known labels" in held.reason) == ("held", True)
    assert drop("third.csv", [*inverted(table[:9]), *table[9:50]]).state == "announced"


def test_labels_newer_than_the_file_do_not_hold_it(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """An older generation that is delivered late is compared with older labels only."""
    late = platform.ports.landing.put("titanic/late.csv", as_csv(table[:30]))
    drop("newer.csv", inverted(table[:30]))
    event = ObjectFinalized(LANDING_BUCKET, late.key, late.version)
    assert ingest_data(event, platform.problem, platform.ports).state == "announced"


def test_inverted_labels_under_new_keys_contradict_the_champion(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", table)
    train(platform)
    held = drop("strangers.csv", inverted(strangers(table[:200], 5001)))
    assert held.state == "held"
    assert "of them are as if inverted" in held.reason
    assert "known labels" not in held.reason


def test_copies_of_known_rows_under_new_keys_are_held(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", table)
    train(platform)
    held = drop("copies.csv", anew(table[:100]))
    assert held.state == "held"
    assert "100 of its 100 rows equal a known row under another PassengerId" in held.reason


def test_a_column_with_the_answer_is_held(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    drop("titanic.csv", table)
    train(platform)
    leaking = [{**row, "Fare": "400" if row["Survived"] == "1" else "1"} for row in table]
    held = drop("leak.csv", leaking)
    assert held.state == "held"
    assert "Fare alone predicts Survived with an AUC of 1.000, 0.6" in held.reason


def test_honest_files_are_not_held(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    drop("titanic.csv", table)
    train(platform)
    rng = random.Random(1)  # noqa: S311 a seeded test
    for number, size in enumerate((20, 60, 150, 400, 891)):
        again = drop(f"{number}.csv", rng.sample(table, size), forced=True)
        assert again.state == "announced", again.reason


def test_a_damaged_champion_holds_no_file(platform: LocalPlatform, drop: Drop, table: Rows) -> None:
    drop("titanic.csv", table)
    train(platform)
    platform.ports.storage.put("models/titanic/versions/1/model.npz", b"damaged")
    assert drop("copies.csv", anew(table[:100])).state == "announced"


def test_slow_poison_is_named_by_its_files(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """A third of each file's labels is inverted: most pass, and together they contradict."""
    drop("titanic.csv", table)
    train(platform)
    landed = []
    for n in range(20):
        rows = strangers(table[40 * n : 40 * n + 40], 5001 + 40 * n)
        landed.append(drop(f"{n}.csv", [*inverted(rows[:14]), *rows[14:]]))
    files = [entry for entry in landed if entry.state == "announced"]
    assert len(files) >= 10
    training = train(platform)
    assert (training.promoted, training.verdict.person_decides) == (False, True), training.sentence
    assert "labels since version 1 contradict it" in training.sentence
    assert re.search(r"titanic/\d+\.csv \([0-9a-f]{8}, \d+%\)", training.sentence)
    for entry in files:
        accept(entry.file_id, platform.problem, platform.ports, why="right", by="me")
    assert "contradict it" not in train(platform).sentence
