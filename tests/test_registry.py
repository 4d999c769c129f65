from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.card import Card, Snapshot, StoredFile
from titanic_mlops.champion import GATE, Approval
from titanic_mlops.errors import Conflict, ModelDamaged, NoChampion, Rejected, UnknownName
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.encodings import NumericEncoding
from titanic_mlops.learning.model import COMPARISONS, OUTCOMES, Model, Trees
from titanic_mlops.registry import Registry

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FOLDER = "models/titanic/versions/1"


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "storage")


@pytest.fixture
def registry(store: DirectoryStore) -> Registry:
    return Registry(store, "titanic")


def model(start: float = 0.0) -> Model:
    return Model(
        problem="titanic",
        task="classification",
        encoder=Encoder([NumericEncoding("Age", 28.0)]),
        players=("Age",),
        scorer=Trees(
            feature=np.zeros((1, COMPARISONS), dtype=np.int64),
            threshold=np.full((1, COMPARISONS), -np.inf),
            value=np.zeros((1, OUTCOMES)),
            tree=np.array([0]),
            player=np.array([0]),
            contribution=np.zeros((1, OUTCOMES)),
            n_scores=1,
            n_players=1,
        ),
        start=(start,),
        baseline=(start,),
    )


def register(registry: Registry, start: float = 0.0, *, target: str = "") -> Card:
    files = model(start).to_bytes()

    def card(version: int) -> Card:
        return Card(
            version=version,
            problem="titanic",
            created_at=NOW.isoformat(),
            model={"model.npz": StoredFile.of(files[0]), "model.json": StoredFile.of(files[1])},
            schema_sha256="",
            snapshot=Snapshot("", 0, {}, {}, 0),
            split_salt="titanic",
            code_version="",
            libraries={},
            parameters={},
            metrics={"TEST": {}},
            verdict={},
            target=target,
        )

    return registry.register(files, card)


def promote(registry: Registry, version: int) -> None:
    registry.promote(version, by="a test", why="a test", at=NOW)


def test_versions_count_from_one_and_load_unchanged(registry: Registry) -> None:
    assert [register(registry, start).version for start in (0.0, 1.0)] == [1, 2]
    assert registry.load(2).score({"Age": 20}) == 1.0


def test_versions_are_compared_as_numbers(registry: Registry) -> None:
    for start in range(11):
        register(registry, float(start))
    assert [card.version for card in registry.cards()] == list(range(1, 12))


def test_the_same_bytes_are_one_version(registry: Registry) -> None:
    assert register(registry) == register(registry)
    assert len(registry.cards()) == 1


def test_16_concurrent_registrations_get_16_versions(registry: Registry) -> None:
    with ThreadPoolExecutor(16) as pool:
        versions = list(pool.map(lambda start: register(registry, start).version, range(16)))
    assert sorted(versions) == list(range(1, 17))


def test_flipped_bits_and_truncations_are_rejected_before_parsing(
    registry: Registry, store: DirectoryStore
) -> None:
    register(registry)
    draw = random.Random(0)  # noqa: S311 a seeded test
    rejected = 0
    for name in ("model.npz", "model.json"):
        found = store.get(f"{FOLDER}/{name}")
        assert found is not None
        good = found[0]
        for _ in range(100):
            flipped = bytearray(good)
            flipped[draw.randrange(len(good))] ^= 1 << draw.randrange(8)
            for damaged in (bytes(flipped), good[: draw.randrange(len(good))]):
                store.put(f"{FOLDER}/{name}", damaged)
                with pytest.raises(ModelDamaged, match="sha256 or size differs"):
                    registry.load(1)
                rejected += 1
        store.put(f"{FOLDER}/{name}", good)
    assert rejected == 400
    assert registry.load(1).score({"Age": 1}) == 0


def test_a_missing_model_file_is_named(registry: Registry, store: DirectoryStore) -> None:
    register(registry)
    store.delete(f"{FOLDER}/model.npz")
    with pytest.raises(ModelDamaged, match=r"model\.npz is missing, so version 1 cannot be served"):
        registry.load(1)


def test_a_malformed_card_is_rejected(registry: Registry, store: DirectoryStore) -> None:
    register(registry)
    store.put(f"{FOLDER}/card.json", b'{"version": 1}')
    with pytest.raises(ModelDamaged, match=r"card\.json is not a readable card"):
        registry.card(1)


def test_an_unknown_version_is_rejected_with_the_known_ones(registry: Registry) -> None:
    register(registry)
    with pytest.raises(UnknownName, match="no version 7; registered versions: 1"):
        registry.card(7)
    with pytest.raises(UnknownName, match="no version 7; registered versions: 1"):
        registry.promote(7, by="a test", why="", at=NOW)
    with pytest.raises(ModelDamaged, match="no version 7"):
        registry.load(7)


def test_without_a_champion_serving_and_rollback_fail(registry: Registry) -> None:
    with pytest.raises(NoChampion):
        registry.champion_model()
    with pytest.raises(NoChampion):
        registry.rollback(by="a test", why="", at=NOW)


def test_a_move_after_a_stale_champion_conflicts(registry: Registry) -> None:
    for start in (0.0, 1.0, 2.0):
        register(registry, start)
    promote(registry, 1)
    stale = registry.champion()
    promote(registry, 2)
    with pytest.raises(Conflict):
        registry.promote(3, by="a test", why="", at=NOW, expected=stale)
    assert registry.champion().version == 2


def test_any_version_can_be_promoted_by_name(registry: Registry) -> None:
    for start in (0.0, 1.0):
        promote(registry, register(registry, start).version)
    promote(registry, 1)
    assert registry.champion().version == 1


def test_a_rollback_bars_the_version_until_it_is_promoted(registry: Registry) -> None:
    for start in (0.0, 1.0):
        promote(registry, register(registry, start).version)
    champion = registry.rollback(by="a test", why="odd answers", at=NOW)
    assert (champion.version, champion.barred) == (1, (2,))
    assert [(m.version, m.verb, m.expected) for m in champion.history] == [
        (1, "promote", 0),
        (2, "promote", 1),
        (1, "rollback", 2),
    ]
    with pytest.raises(Rejected, match="no earlier champion to roll back to"):
        registry.rollback(by="a test", why="", at=NOW)
    promote(registry, 2)
    assert registry.champion().barred == ()


def test_a_person_bars_the_newer_version_that_an_older_replaces(registry: Registry) -> None:
    """A rollback undoes it: the newer version serves again, and the older one is barred."""
    for start in (0.0, 1.0, 2.0):
        promote(registry, register(registry, start).version)
    promote(registry, 1)
    champion = registry.champion()
    assert (champion.barred, champion.rolled_back, champion.earlier) == ((3,), (), (3, 2))
    assert [move.bars for move in champion.history] == [0, 0, 0, 3]
    champion = registry.rollback(by="a test", why="", at=NOW)
    assert (champion.version, champion.barred, champion.rolled_back) == (3, (1,), (1,))


def test_the_gates_promotion_of_older_bytes_bars_nothing(registry: Registry) -> None:
    for start in (0.0, 1.0):
        promote(registry, register(registry, start).version)
    registry.promote(1, by=GATE, why="", at=NOW, approval=Approval(1, 3))
    assert registry.champion().barred == ()


def test_a_repeated_rollback_goes_back_once(registry: Registry) -> None:
    for version in range(1, 4):
        register(registry, float(version))
        promote(registry, version)
    registry.rollback(by="a test", why="", at=NOW, serving=3)
    with pytest.raises(Rejected, match="Version 2 serves, not version 3"):
        registry.rollback(by="a test", why="", at=NOW, serving=3)
    assert registry.champion().version == 2


def test_two_rollbacks_go_back_two_champions(registry: Registry) -> None:
    for start in (0.0, 1.0, 2.0):
        promote(registry, register(registry, start).version)
    registry.rollback(by="a test", why="", at=NOW)
    assert registry.rollback(by="a test", why="", at=NOW).version == 1
    assert registry.champion().barred == (3, 2)


def test_a_damaged_version_cannot_be_promoted_or_restored(
    registry: Registry, store: DirectoryStore
) -> None:
    for start in (0.0, 1.0):
        register(registry, start)
    promote(registry, 1)
    store.put("models/titanic/versions/2/model.npz", b"damaged")
    with pytest.raises(ModelDamaged):
        promote(registry, 2)
    store.put(f"{FOLDER}/model.npz", b"damaged")
    assert registry.champion().version == 1


def test_an_unfinished_registration_is_an_orphan(registry: Registry, store: DirectoryStore) -> None:
    store.put(f"{FOLDER}/model.npz", b"half of it")
    assert (registry.orphans(), registry.cards()) == ([1], [])
    assert register(registry).version == 2


def test_a_card_survives_a_round_trip_through_json(registry: Registry) -> None:
    card = register(registry)
    assert registry.card(1) == card
    assert replace(card, version=2) != card


def test_a_damaged_card_blocks_neither_listing_nor_registration(
    registry: Registry, store: DirectoryStore
) -> None:
    for start in (0.0, 1.0):
        register(registry, start)
    found = store.get(f"{FOLDER}/card.json")
    assert found is not None
    store.put(f"{FOLDER}/card.json", found[0].replace(b"titanic", b"Titanic"))
    with pytest.raises(ModelDamaged, match="its sha256 differs"):
        registry.card(1)
    assert [card.version for card in registry.cards()] == [2]
    assert registry.orphans() == [1]
    assert register(registry, 2.0).version == 3


def test_the_serving_version_cannot_be_promoted_again(registry: Registry) -> None:
    register(registry)
    promote(registry, 1)
    with pytest.raises(Rejected, match="already serves"):
        promote(registry, 1)
