"""Run a decision whole in the middle of another one, or of a training, at each of its calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM
from tests.pipeline.decisions import (
    Command,
    better_files,
    calls_of,
    drain,
    faults,
    promote_first,
    raced,
    registry,
    revoke_second,
    roll_back,
    state,
    train_second,
    with_an_untrained_file,
)
from tests.pipeline.whole_run import Deliveries
from tests.pipeline.worlds import World, Worlds, google_worlds, local_worlds
from tests.shortcuts import trained_once
from titanic_mlops.problems.base import Problem

pytestmark = pytest.mark.repeats

Opener = Callable[[Problem, Path], AbstractContextManager[Worlds]]
EACH = 6  # of the calls, locally: a training takes a third of a second


@dataclass(frozen=True)
class Races:
    """Worlds in which a second file waits for its training, and others in which it had it."""

    worlds: Worlds
    untrained: object
    trained: object
    each: int

    def whole(self, saved: object, *commands: Command) -> dict[str, object]:
        """Return the state after commands that run one after the other."""
        with self.worlds(saved) as world:
            for command in commands:
                command(world, world.ports)
                drain(Deliveries(world))
            return end_of(world)

    def calls(self, saved: object, command: Command) -> list[str]:
        """Return the calls of a command."""
        with self.worlds(saved) as world:
            return calls_of(world, command)


@pytest.fixture(
    scope="module",
    params=[local_worlds, pytest.param(google_worlds, marks=pytest.mark.soak)],
    ids=["local", "google"],
)
def races(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Races]:
    opener: Opener = request.param
    folder = tmp_path_factory.mktemp("worlds")
    with trained_once(), opener(PROBLEM, folder) as worlds:
        with worlds() as world:
            with_an_untrained_file(world, better_files(folder))
            untrained = world.save()
            train_second(world, world.ports)
            assert registry(world).champion().version == 2
            trained = world.save()
        yield Races(worlds, untrained, trained, EACH if opener is local_worlds else 1)


def end_of(world: World) -> dict[str, object]:
    """Return the state that has one value for each order of two commands."""
    assert list(faults(world)) == []
    left_out = {"history", "promotions"}
    return {name: found for name, found in state(world).items() if name not in left_out}


def test_a_revocation_amid_a_training_ends_as_before_or_after_it(races: Races) -> None:
    """A model that learned from the file is promoted only until the training's last look."""
    calls = races.calls(races.untrained, train_second)
    last_look = max(n for n, call in enumerate(calls) if call == "warehouse.query")
    assert calls[last_look:].count("storage.put") == 2  # the move and the file's end
    first = races.whole(races.untrained, revoke_second, train_second)
    last = races.whole(races.untrained, train_second, revoke_second)
    assert first != last
    for number in [*range(0, len(calls), races.each), last_look, last_look + 1]:
        with races.worlds(races.untrained) as world:
            raced(world, train_second, number, revoke_second)
            allowed = [first] if number <= last_look else [first, last]
            assert end_of(world) in allowed, number


def test_two_revocations_of_a_file_end_as_one(races: Races) -> None:
    calls = races.calls(races.trained, revoke_second)
    once = races.whole(races.trained, revoke_second)
    for number in range(0, len(calls), races.each // 2 or 1):
        with races.worlds(races.trained) as world:
            done = raced(world, revoke_second, number, revoke_second)
            assert end_of(world) == once, number
            assert done, number


@pytest.mark.parametrize(
    ("command", "other"), [(promote_first, roll_back), (roll_back, promote_first)]
)
def test_a_promotion_amid_a_rollback_loses_no_move(
    races: Races, command: Command, other: Command
) -> None:
    with races.worlds(races.trained) as world:
        before = registry(world).champion().number
    for number in range(len(races.calls(races.trained, command))):
        with races.worlds(races.trained) as world:
            done = raced(world, command, number, other)
            champion = registry(world).champion()
            assert champion.number == len(champion.history) == before + len(done), number
            assert done[0] == other.__name__, number
            assert list(faults(world)) == []
