from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from tests.pipeline.conftest import as_csv
from tests.shortcuts import forget_models
from titanic_mlops.card import FORMAT, StoredFile
from titanic_mlops.champion import GATE
from titanic_mlops.errors import NoChampion
from titanic_mlops.events import INGESTION_COMPLETE, IngestionComplete, ObjectFinalized
from titanic_mlops.learning.training.snapshot import read_snapshot
from titanic_mlops.ledger import Entry, Ledger
from titanic_mlops.monitoring.profile import Profile
from titanic_mlops.pipeline.file_decisions import release, revoke
from titanic_mlops.pipeline.ingest_data import ingest_data
from titanic_mlops.pipeline.judge_model import Challenger, Training, judge_model
from titanic_mlops.pipeline.train_model import train_model
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.ports import ObjectInfo
from titanic_mlops.problems import load_problem
from titanic_mlops.registry import Registry
from titanic_mlops.rules.split import TRAIN, split_of
from titanic_mlops.settings import Settings

pytestmark = pytest.mark.usefixtures("known_models")

Rows = list[dict[str, str]]
Drop = Callable[..., Entry]


@pytest.fixture
def drop(platform: LocalPlatform, drop: Drop) -> Drop:
    """Land files; release those that are held, so that the gate meets them."""

    def loaded(*content: Any, **options: Any) -> Entry:  # noqa: ANN401 passed on
        entry = drop(*content, **options)
        if entry.state != "held":
            return entry
        return release(entry.file_id, platform.problem, platform.ports)

    return loaded


def train(platform: LocalPlatform) -> Training:
    return train_model(None, platform.problem, platform.ports)


def registry(platform: LocalPlatform) -> Registry:
    return Registry(platform.ports.storage, "titanic")


def evaluations(platform: LocalPlatform) -> list[dict[str, Any]]:
    sql = "SELECT challenger, champion, promoted, sentence FROM evaluations ORDER BY evaluated_at"
    rows: list[dict[str, Any]] = platform.ports.warehouse.query(sql).to_pylist()
    return rows


def shuffled(table: Rows) -> Rows:
    rows = [row for row in table if split_of("titanic", row["Ticket"]) == TRAIN]
    labels = [row["Survived"] for row in rows]
    random.Random(0).shuffle(labels)  # noqa: S311 a seeded test
    return [{**row, "Survived": label} for row, label in zip(rows, labels, strict=True)]


def early(table: Rows) -> Rows:
    """Return an earlier state of the table: only its first 100 training rows."""
    training = [row for row in table if split_of("titanic", row["Ticket"]) == TRAIN]
    later = {row["PassengerId"] for row in training[100:]}
    return [row for row in table if row["PassengerId"] not in later]


def inverted(table: Rows) -> Rows:
    return [{**row, "Survived": str(1 - int(row["Survived"]))} for row in table]


def training_ticket(table: Rows) -> str:
    return next(r["Ticket"] for r in table if split_of("titanic", r["Ticket"]) == TRAIN)


def test_an_announced_file_is_trained_promoted_and_done(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    entry = drop("titanic.csv", table)
    delivery = platform.queue.lease([INGESTION_COMPLETE])
    assert delivery is not None
    event = IngestionComplete.from_bytes(delivery.message.data)
    training = train_model(event, platform.problem, platform.ports)

    assert (training.version, training.promoted) == (1, True)
    assert Ledger(platform.ports.storage, "titanic").get(entry.file_id).state == "done"
    champion = registry(platform).champion()
    assert (champion.version, champion.history[0].by) == (1, "the gate")
    assert champion.history[0].why == training.verdict.sentence


def test_the_card_names_rows_metrics_and_libraries(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    entry = drop("titanic.csv", table)
    train(platform)

    card = registry(platform).card(1)
    assert card.snapshot.rows_by_split == {"TEST": 198, "TRAIN": 627, "VALIDATION": 66}
    assert card.snapshot.files == {entry.file_id: 891}
    assert card.snapshot.generation == entry.generation
    snapshot = platform.ports.storage.get(f"snapshots/titanic/{card.snapshot.sha256}.parquet")
    assert snapshot is not None
    assert set(card.metrics) == {"TRAIN", "VALIDATION", "TEST"}
    assert card.metrics["TEST"]["auc"] > 0.8
    assert card.verdict["sentence"].startswith("The challenger becomes the first champion")
    assert set(card.libraries) == {"numpy", "pandas", "pyarrow", "scikit-learn"}


def test_cards_verdicts_and_ledger_hold_no_personal_value(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    canary = "Zzyzx, Mr. Canary"
    rows = [{**row, "Name": canary, "Cabin": "Zzyzx"} for row in table[:300]]
    entry = drop("canary.csv", [*rows, {**table[300], "Name": canary, "Age": "130"}])
    train(platform)

    kept = [registry(platform).card(1).to_bytes().decode(), str(evaluations(platform)), str(entry)]
    assert entry.rejected == 1
    assert all("Zzyzx" not in text for text in kept)


def test_training_again_on_unchanged_rows_adds_no_version(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", table)
    train(platform)
    again = train(platform)

    assert (again.version, again.promoted) == (1, False)
    assert "already serves" in again.verdict.sentence
    assert len(registry(platform).cards()) == 1


def test_the_same_rows_give_the_same_bytes_in_another_home(
    tmp_path: Path, platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", table)
    train(platform)
    other = open_local(Settings(tmp_path / "other"), load_problem("titanic"))
    info = other.ports.landing.put("titanic/other-name.csv", as_csv(reversed(table)))
    event = ObjectFinalized(LANDING_BUCKET, info.key, info.version)
    ingest_data(event, other.problem, other.ports)
    forget_models()
    train(other)

    assert registry(platform).card(1).model == registry(other).card(1).model


def test_a_refused_training_keeps_its_verdict(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("few.csv", table[:6])
    training = train(platform)

    assert (training.version, training.promoted) == (None, False)
    assert "6 labelled rows; at least 10" in training.verdict.sentence
    (kept,) = evaluations(platform)
    assert (kept["challenger"], kept["promoted"]) == (None, False)
    with pytest.raises(NoChampion):
        registry(platform).champion_model()


def test_a_worse_challenger_is_registered_but_the_champion_stays(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", table)
    train(platform)
    drop("faulty.csv", shuffled(table))
    worse = train(platform)

    assert (worse.version, worse.promoted) == (2, False)
    assert registry(platform).champion().version == 1
    assert [row["promoted"] for row in evaluations(platform)] == [True, False]
    assert registry(platform).card(2).verdict["promoted"] is False


def test_training_does_not_promote_a_rolled_back_version(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", early(table))
    train(platform)
    drop("more.csv", table, forced=True)
    promoted = train(platform)
    registry(platform).rollback(by="a test", why="odd", at=platform.ports.clock.now())

    again = train(platform)
    assert promoted.promoted
    assert promoted.version == again.version == 2
    assert (again.promoted, registry(platform).champion().version) == (False, 1)
    assert "run `titanic-mlops models promote 2`" in again.verdict.sentence

    registry(platform).promote(2, by="a test", why="fine", at=platform.ports.clock.now())
    assert registry(platform).champion().barred == ()


def test_training_keeps_a_persons_choice_of_an_older_version(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", early(table))
    train(platform)
    drop("more.csv", table, forced=True)
    assert train(platform).promoted
    promote(platform, 1)

    again = train(platform)
    assert (again.version, again.promoted) == (2, False)
    assert registry(platform).champion().version == 1
    assert "Version 2 was replaced by a person" in again.verdict.sentence
    assert "run `titanic-mlops models promote 2`" in again.verdict.sentence


@pytest.mark.parametrize("key", ["versions/3/card.json", "moves/2.json"])
def test_a_challenger_is_judged_again_if_the_champion_changes(
    platform: LocalPlatform, drop: Drop, table: Rows, key: str
) -> None:
    """Version 2 is promoted between the verdict on version 3 and its promotion."""
    drop("titanic.csv", early(table))
    train(platform)
    drop("faulty.csv", shuffled(table))
    assert train(platform).version == 2
    drop("corrected.csv", table, forced=True)

    racing = RacingStore(platform, lambda: promote(platform, 2), f"models/titanic/{key}")
    ports = replace(platform.ports, storage=racing)
    training = train_model(None, platform.problem, ports)

    assert (training.version, training.promoted) == (3, True)
    assert "replaces version 2" in training.verdict.sentence
    moves = registry(platform).champion().history
    assert [(m.version, m.expected, m.anchor) for m in moves] == [(1, 0, 1), (2, 1, 2), (3, 2, 3)]
    said = [row["challenger"] for row in evaluations(platform) if row["promoted"]]
    assert said == [move.version for move in moves if move.by == GATE]


def test_an_older_snapshot_that_finishes_later_is_not_promoted(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """A training of newer rows is promoted while an older training still runs."""
    drop("titanic.csv", early(table))

    def overtake() -> None:
        if not registry(platform).cards():
            drop("more.csv", table, forced=True)
            assert train(platform).promoted

    storage = RacingStore(platform, overtake, "models/titanic/versions/1/model.npz")
    slow = train_model(None, platform.problem, replace(platform.ports, storage=storage))

    assert (slow.version, slow.promoted) == (2, False)
    assert "newer rows" in slow.verdict.sentence
    assert registry(platform).champion().version == 1


def test_a_verdict_says_promoted_once_the_move_happened(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """A crash between the move and its row: the redelivered message writes the row."""
    drop("titanic.csv", table)
    crashing = replace(platform.ports, warehouse=CrashingInsert(platform))
    with pytest.raises(ConnectionError):
        train_model(None, platform.problem, crashing)
    assert registry(platform).champion().version == 1
    assert evaluations(platform) == []

    assert "already serves" in train(platform).verdict.sentence
    train(platform)
    kept = [(row["challenger"], row["promoted"]) for row in evaluations(platform)]
    assert sorted(kept) == [(1, False), (1, True)]


def test_a_file_of_inverted_labels_promotes_nothing(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", table)
    train(platform)
    drop("inverted.csv", inverted(table))
    training = train(platform)

    assert (training.promoted, training.verdict.person_decides) == (False, True)
    assert "labels of new files are wrong" in training.verdict.sentence
    assert registry(platform).champion().version == 1


def test_after_a_revocation_older_bytes_serve_again(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """A person promoted a poisoned model; its file is revoked and the rows before it return."""
    good = drop("titanic.csv", table)
    train(platform)
    bad = drop("inverted.csv", inverted(table))
    assert train(platform).version == 2
    promote(platform, 2)

    revoke(bad.file_id, platform.problem, platform.ports, why="inverted", by="a test")
    healed = train(platform)
    assert (healed.version, healed.promoted) == (1, True)
    move = registry(platform).champion().history[-1]
    assert (move.version, move.expected, move.anchor, move.taken) == (1, 2, 1, 3)
    assert good.file_id in registry(platform).card(1).snapshot.files


@pytest.mark.parametrize("taken_with", [1, 2], ids=["older rows", "the champion's rows"])
def test_older_bytes_of_rows_that_are_not_newer_stay(
    platform: LocalPlatform, drop: Drop, table: Rows, taken_with: int
) -> None:
    drop("titanic.csv", table)
    train(platform)
    drop("faulty.csv", shuffled(table))
    train(platform)
    promote(platform, 2)
    older = registry(platform).card(1)
    judged = judge_model(
        Challenger(
            files=registry(platform).files(1),
            snapshot=replace(
                older.snapshot, taken=registry(platform).card(taken_with).snapshot.taken
            ),
            rows=read_snapshot(platform.problem, platform.ports.storage, older.snapshot.sha256),
            salt="titanic",
            describe=lambda _verdict, _version: older,
            card=older,
        ),
        platform.problem,
        platform.ports,
    )
    assert not judged.promoted
    assert "run `titanic-mlops models promote 1`" in judged.verdict.sentence


def test_a_model_of_a_revoked_file_is_not_promoted(
    platform: LocalPlatform, drop: Drop, table: Rows, mocker: MockerFixture
) -> None:
    """It is revoked after its rows were read."""
    entry = drop("titanic.csv", table)
    known = mocker.patch("titanic_mlops.pipeline.judge_model.revoked_files")
    known.return_value = frozenset({entry.file_id})
    training = train(platform)
    assert not training.promoted
    assert f"the file {entry.file_id[:12]}, which is revoked" in training.verdict.sentence


def test_a_model_of_a_revoked_files_labels_is_not_promoted(
    platform: LocalPlatform, drop: Drop, table: Rows, mocker: MockerFixture
) -> None:
    """All its features come from a later file, which has no labels."""
    entry = drop("titanic.csv", table)
    drop("unlabelled.csv", [{**row, "Survived": ""} for row in table])
    known = mocker.patch("titanic_mlops.pipeline.judge_model.revoked_files")
    known.return_value = frozenset({entry.file_id})
    training = train(platform)
    assert not training.promoted
    assert f"the file {entry.file_id[:12]}, which is revoked" in training.verdict.sentence


def test_a_record_of_the_champions_holdout_never_trains(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """All are sent again under one ticket, so that each row for training shares the holdout's."""
    drop("titanic.csv", table)
    train(platform)
    drop("moved.csv", [{**row, "Ticket": training_ticket(table)} for row in table])
    training = train(platform)

    assert training.version is None
    assert "in one value of Ticket only" in training.sentence
    assert registry(platform).champion().version == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "Sex"}, "its target was Sex, now it is Survived"),
        ({"key": "Name"}, "its key was Name, now it is PassengerId"),
        ({"task": "regression"}, "its task was regression, now it is classification"),
        ({"split_salt": "other"}, "its split salt was other, now it is titanic"),
    ],
)
def test_another_declaration_needs_a_person(
    platform: LocalPlatform, drop: Drop, table: Rows, changes: dict[str, Any], words: str
) -> None:
    drop("titanic.csv", early(table))
    train(platform)
    card = replace(registry(platform).card(1), **changes)
    platform.ports.storage.put("models/titanic/versions/1/card.json", card.to_bytes())
    drop("more.csv", table, forced=True)
    training = train(platform)

    assert (training.promoted, training.verdict.person_decides) == (False, True)
    assert words in training.verdict.sentence
    promote(platform, 2)
    assert registry(platform).champion().version == 2


def test_a_champion_of_other_classes_needs_a_person(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", early(table))
    train(platform)
    version = "models/titanic/versions/1"
    arrays, description = registry(platform).files(1)
    swapped = json.dumps(json.loads(description) | {"classes": [1, 0]}).encode()
    stored = {"model.npz": StoredFile.of(arrays), "model.json": StoredFile.of(swapped)}
    card = replace(registry(platform).card(1), model=stored)
    platform.ports.storage.put(f"{version}/model.json", swapped)
    platform.ports.storage.put(f"{version}/card.json", card.to_bytes())
    drop("more.csv", table, forced=True)
    training = train(platform)

    assert (training.promoted, training.verdict.person_decides) == (False, True)
    assert "its list of classes was 1, 0, now it is 0, 1" in training.verdict.sentence


def test_a_swapped_snapshot_of_the_champion_promotes_nothing(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", early(table))
    train(platform)
    drop("more.csv", inverted(table), forced=True)
    train(platform)
    ours, theirs = (registry(platform).card(n).snapshot.sha256 for n in (1, 2))
    found = platform.ports.storage.get(f"snapshots/titanic/{theirs}.parquet")
    assert found is not None
    platform.ports.storage.put(f"snapshots/titanic/{ours}.parquet", found[0])
    training = train(platform)

    assert (training.promoted, training.verdict.person_decides) == (False, True)
    assert f"{ours}.parquet is not the snapshot that was written" in training.verdict.sentence


def test_unreadable_moves_leave_the_decision_to_a_person(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", table)
    train(platform)
    platform.ports.storage.put("models/titanic/moves/1.json", b"torn")
    training = train(platform)
    assert (training.promoted, training.verdict.person_decides) == (False, True)
    assert "moves/1.json is not readable" in training.verdict.sentence


def test_a_challenger_is_not_compared_with_a_damaged_champion(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    drop("titanic.csv", early(table))
    train(platform)
    platform.ports.storage.put("models/titanic/versions/1/model.npz", b"damaged")
    drop("more.csv", table, forced=True)
    training = train(platform)

    assert (training.version, training.promoted) == (2, False)
    assert "model.npz is not the file that was registered" in training.verdict.sentence


def test_the_model_of_a_damaged_champion_does_not_serve(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """The same rows are trained again and give its bytes."""
    drop("titanic.csv", table)
    train(platform)
    platform.ports.storage.put("models/titanic/versions/1/model.npz", b"damaged")
    training = train(platform)

    assert (training.version, training.promoted, training.verdict.person_decides) == (
        1,
        False,
        True,
    )
    assert "which is the champion, but its stored files are damaged" in training.sentence
    assert "model.npz is not the file that was registered" in training.sentence


def promote(platform: LocalPlatform, version: int) -> None:
    registry(platform).promote(version, by="a test", why="race", at=platform.ports.clock.now())


class CrashingInsert:
    """The real warehouse, which fails at the first verdict."""

    def __init__(self, platform: LocalPlatform) -> None:
        self._warehouse = platform.ports.warehouse

    def execute(self, sql: str, params: Any = {}, *, job_id: str = "") -> int:  # noqa: ANN401, B006 passed on
        if "INTO evaluations" in sql:
            raise ConnectionError
        return self._warehouse.execute(sql, params, job_id=job_id)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 the other methods
        return getattr(self._warehouse, name)


class RacingStore:
    """The real store, which calls `act` just before its first `verb` with `key`."""

    def __init__(
        self,
        platform: LocalPlatform,
        act: Callable[[], None],
        key: str,
        verb: str = "put",
    ) -> None:
        self._store = platform.ports.storage
        self._act: Callable[[], None] | None = act
        self._at = (verb, key)

    def _turn(self, verb: str, key: str) -> None:
        if (verb, key) == self._at and self._act:
            act, self._act = self._act, None
            act()

    def put(self, key: str, data: Any, **options: Any) -> ObjectInfo:  # noqa: ANN401 passed on
        self._turn("put", key)
        return self._store.put(key, data, **options)

    def get(self, key: str, **options: Any) -> Any:  # noqa: ANN401 passed on
        self._turn("get", key)
        return self._store.get(key, **options)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 the other methods
        return getattr(self._store, name)


def test_the_card_holds_the_profile_of_its_snapshot(
    platform: LocalPlatform, drop: Drop, table: Rows
) -> None:
    """It has no value of a personal column: passengers' names stay out of cards."""
    drop("all.csv", table)
    assert train(platform).version == 1
    card = registry(platform).card(1)
    profile = Profile.from_json(card.profile)
    assert profile is not None
    assert card.format == FORMAT
    assert profile.rows == card.snapshot.rows == len(table)
    held = card.snapshot.rows - card.snapshot.rows_by_split[TRAIN]
    assert profile.score_rows == held
    assert profile.figures["auc"].value == pytest.approx(card.metrics["TEST"]["auc"])
    assert profile.figures["log_loss"].value == pytest.approx(card.metrics["TEST"]["log_loss"])
    assert "Braund" not in card.to_bytes().decode()
