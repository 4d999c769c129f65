"""The champion in memory while the registry changes, hangs, or holds damaged bytes."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.test_registry import NOW, promote, register
from tests.web.http1 import PATIENCE
from titanic_mlops.adapters.local.object_store import DirectoryStore
from titanic_mlops.errors import ModelDamaged, ModelOutdated, NoChampion, Unavailable
from titanic_mlops.ports import ObjectInfo
from titanic_mlops.problems import load_problem
from titanic_mlops.registry import Registry
from titanic_mlops.web.champion import ABSENT_SECONDS, RECHECK_SECONDS, ChampionInMemory, Served


class Store(DirectoryStore):
    """A store that counts reads by name, and hangs or fails on demand."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reads: Counter[str] = Counter()
        self.listed = 0
        self.answers = threading.Event()
        self.answers.set()
        self.down = False

    def get(
        self, key: str, *, unless_version: int | None = None
    ) -> tuple[bytes, ObjectInfo] | None:
        self.reads[key.rpartition("/")[2]] += 1
        assert self.answers.wait(PATIENCE)
        if self.down:
            raise Unavailable("the store is down")
        return super().get(key, unless_version=unless_version)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        self.listed += 1
        return super().list(prefix)


class Time:
    """A clock that a test moves."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class World:
    """A registry, and one process that serves from it."""

    def __init__(self, root: Path, executor: ThreadPoolExecutor) -> None:
        self.root = root
        self.store = Store(root)
        self.time = Time()
        self.registry = Registry(DirectoryStore(root), "titanic")
        self.champion = ChampionInMemory(
            Registry(self.store, "titanic"), load_problem("titanic"), executor, now=self.time
        )

    def promote_next(self) -> int:
        """Register and promote one more version, whose score is its number."""
        number = len(self.registry.cards()) + 1
        version = register(self.registry, float(number)).version
        assert version == number
        promote(self.registry, version)
        return version

    async def current(self) -> int:
        """Return the version that answers, and assert that its model is loaded."""
        return scored(await self.champion.current())

    def now(self) -> int:
        return asyncio.run(self.current())

    def later(self, seconds: float = RECHECK_SECONDS) -> int:
        self.time.seconds += seconds
        return self.now()

    def model(self, version: int) -> Path:
        return self.root / f"models/titanic/versions/{version}/model.npz"

    def flip_a_bit(self, version: int) -> bytes:
        """Damage a model; return its original bytes."""
        path = self.model(version)
        right = path.read_bytes()
        middle = len(right) // 2
        path.write_bytes(right[:middle] + bytes([right[middle] ^ 1]) + right[middle + 1 :])
        return right


def scored(served: Served) -> int:
    assert served.model.score({"Age": 20}) == served.version
    return served.version


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ThreadPoolExecutor(max_workers=1) as executor:
        made = World(tmp_path, executor)
        try:
            yield made
        finally:
            made.store.answers.set()


def test_a_new_champion_answers_after_the_recheck_interval(world: World) -> None:
    world.promote_next()
    assert world.now() == 1
    world.promote_next()
    assert world.later(RECHECK_SECONDS) == 1
    assert world.later(0.5) == 2
    assert RECHECK_SECONDS < 30


def test_a_rollback_is_picked_up_as_well(world: World) -> None:
    world.promote_next()
    world.promote_next()
    assert world.now() == 2
    world.registry.rollback(by="a test", why="a test", at=NOW)
    assert world.later(RECHECK_SECONDS + 1) == 1


def test_an_unchanged_champion_is_read_and_parsed_once(world: World) -> None:
    world.promote_next()
    first = asyncio.run(world.champion.current())
    for _ in range(3):
        assert world.later(RECHECK_SECONDS + 1) == 1
    assert asyncio.run(world.champion.current()) is first
    assert world.store.reads["model.npz"] == 1


def test_between_two_checks_the_registry_is_not_read(world: World) -> None:
    world.promote_next()
    assert world.now() == 1
    asked = sum(world.store.reads.values())
    for _ in range(10):
        assert world.later(RECHECK_SECONDS / 10) == 1
    assert sum(world.store.reads.values()) == asked


def test_concurrent_first_requests_load_the_model_once(world: World) -> None:
    world.promote_next()

    async def ask() -> list[int]:
        world.store.answers.clear()
        requests = [asyncio.create_task(world.current()) for _ in range(32)]
        await asyncio.sleep(0)
        world.store.answers.set()
        return await asyncio.gather(*requests)

    assert asyncio.run(ask()) == [1] * 32
    assert world.store.reads["model.npz"] == 1
    assert world.store.reads["card.json"] == 2  # for the sha256, and for the declaration


def test_concurrent_requests_check_the_registry_once(world: World) -> None:
    world.promote_next()
    assert world.now() == 1
    world.promote_next()
    world.store.reads.clear()
    world.time.seconds += RECHECK_SECONDS + 1

    async def ask() -> list[int]:
        return await asyncio.gather(*(world.current() for _ in range(32)))

    assert set(asyncio.run(ask())) <= {1, 2}
    assert world.now() == 2
    assert world.store.reads["2.json"] == 1
    assert world.store.reads["model.npz"] == 1


def test_a_damaged_new_champion_answers_once_it_is_repaired(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.promote_next()
    assert world.now() == 1
    world.promote_next()
    right = world.flip_a_bit(2)
    for _ in range(3):
        assert world.later(RECHECK_SECONDS + 1) == 1
    alarms = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    (alarm,) = alarms  # logged once, not with each check
    assert "versions/2/model.npz" in alarm
    assert "Version 1 still answers." in alarm
    world.model(2).write_bytes(right)
    assert world.now() == 1
    assert world.later(RECHECK_SECONDS + 1) == 2


def test_a_first_load_falls_back_from_a_damaged_champion(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(4):
        world.promote_next()
    damaged = {version: world.flip_a_bit(version) for version in (3, 4)}
    assert world.now() == 2
    assert "versions/4/model.npz" in caplog.text
    assert world.later(RECHECK_SECONDS + 1) == 2
    world.model(4).write_bytes(damaged[4])
    assert world.later(RECHECK_SECONDS + 1) == 4


def test_a_first_load_falls_back_from_a_missing_card(world: World) -> None:
    for _ in range(2):
        world.promote_next()
    world.model(2).with_name("card.json").unlink()
    assert world.now() == 1


def test_a_rolled_back_version_is_no_fallback(world: World) -> None:
    for _ in range(3):
        world.promote_next()
    world.registry.rollback(by="a test", why="a test", at=NOW)
    world.flip_a_bit(2)
    assert world.now() == 1


def test_with_every_version_damaged_the_first_repaired_one_answers(world: World) -> None:
    world.promote_next()
    world.promote_next()
    damaged = {version: world.flip_a_bit(version) for version in (1, 2)}
    with pytest.raises(ModelDamaged):
        world.now()
    world.model(1).write_bytes(damaged[1])
    assert world.later(ABSENT_SECONDS + 0.5) == 1


def test_a_version_for_another_target_never_answers(world: World) -> None:
    promote(world.registry, register(world.registry, 1.0, target="Sex").version)
    with pytest.raises(ModelOutdated, match="its target was Sex, now it is Survived"):
        world.now()
    assert world.promote_next() == world.later() == 2
    promote(world.registry, 1)
    assert world.later() == 2


def test_without_a_champion_requests_fail_until_one_exists(world: World) -> None:
    with pytest.raises(NoChampion):
        world.now()
    asked = sum(world.store.reads.values())
    world.promote_next()
    with pytest.raises(NoChampion):
        world.later(ABSENT_SECONDS)
    assert sum(world.store.reads.values()) == asked
    assert world.later(0.5) == 1


def test_a_look_that_finds_no_move_is_one_read(world: World) -> None:
    world.promote_next()
    assert world.now() == 1
    world.store.reads.clear()
    assert world.later(RECHECK_SECONDS + 1) == 1
    assert world.store.reads == {"2.json": 1}
    assert world.store.listed == 1  # at the first load


def test_a_torn_move_is_skipped_until_the_next_one(world: World) -> None:
    world.promote_next()
    world.promote_next()
    (world.root / "models/titanic/moves/2.json").write_bytes(b"torn")
    assert world.now() == 1
    world.promote_next()
    assert world.later(RECHECK_SECONDS + 1) == 3


def test_missing_moves_leave_the_last_good_champion(world: World) -> None:
    world.promote_next()
    assert world.now() == 1
    (world.root / "models/titanic/moves/1.json").unlink()
    assert world.later(RECHECK_SECONDS + 1) == 1
    assert world.later(RECHECK_SECONDS + 1) == 1


def test_a_registry_that_is_down_leaves_the_last_good_one(world: World) -> None:
    world.promote_next()
    assert world.now() == 1
    world.promote_next()
    world.store.down = True
    assert world.later(RECHECK_SECONDS + 1) == 1
    world.store.down = False
    assert world.now() == 1  # the failed check counts as a check
    assert world.later(RECHECK_SECONDS + 1) == 2


def test_a_registry_down_at_first_is_asked_again_soon(world: World) -> None:
    world.promote_next()
    world.store.down = True
    with pytest.raises(Unavailable):
        world.now()
    world.store.down = False
    assert world.later(ABSENT_SECONDS + 0.5) == 1


def test_a_hanging_registry_delays_one_warm_request_briefly(
    world: World,
) -> None:
    world.promote_next()

    async def ask() -> list[int]:
        answered = [await world.current()]
        world.promote_next()
        world.store.reads.clear()
        world.store.answers.clear()  # from here on the registry hangs, until the end
        world.time.seconds += RECHECK_SECONDS + 1
        patient = asyncio.create_task(world.current())
        await asyncio.sleep(0)  # it checks now
        answered += [await world.current() for _ in range(32)]
        assert not patient.done()
        answered.append(await asyncio.wait_for(patient, PATIENCE))
        world.time.seconds += RECHECK_SECONDS + 1
        answered += [await world.current() for _ in range(32)]
        while not world.store.reads:
            await asyncio.sleep(0.005)
        assert world.store.reads == {"2.json": 1}  # one check at a time
        world.store.answers.set()
        while world.champion.version == 1:
            await asyncio.sleep(0.005)
        return [*answered, await world.current()]

    assert asyncio.run(asyncio.wait_for(ask(), 2 * PATIENCE)) == [1] * 66 + [2]


def test_a_cancelled_first_request_does_not_cancel_the_load(world: World) -> None:
    world.promote_next()

    async def ask() -> int:
        world.store.answers.clear()
        hasty, patient = (asyncio.create_task(world.current()) for _ in range(2))
        await asyncio.sleep(0)
        hasty.cancel()
        await asyncio.sleep(0)
        world.store.answers.set()
        return await patient

    assert asyncio.run(ask()) == 1
    assert world.store.reads["model.npz"] == 1
