"""Crash around every call of a person's decision: nothing is lost or doubled.

A file is revoked or restored, and a model is trained after it; a version is promoted by name or
rolled back. After the crash, messages are redelivered or the command is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM
from tests.pipeline.crashing import Point, distinct_points_of, points_of
from tests.pipeline.decisions import (
    PERSON,
    Command,
    Recovery,
    crashed,
    decided,
    faults,
    promote_first,
    redeliver,
    registry,
    repeat,
    restore_second,
    revoke_second,
    roll_back,
    state,
    two_files,
    with_a_wrong_champion,
)
from tests.pipeline.naive import DECISION_VARIANTS
from tests.pipeline.worlds import World, Worlds, google_worlds, local_worlds
from tests.shortcuts import trained_once
from titanic_mlops.problems.base import Problem

pytestmark = pytest.mark.repeats

Opener = Callable[[Problem, Path], AbstractContextManager[Worlds]]
Variant = Callable[[pytest.MonkeyPatch], Command]

COMMANDS = (revoke_second, restore_second, promote_first, roll_back)
RECOVERIES = (redeliver, repeat)


@dataclass(frozen=True)
class Decisions:
    """Worlds in which a wrong file made the champion, and others in which it is revoked."""

    worlds: Worlds
    before: object
    revoked: object
    local: bool

    def world(self, command: Command) -> AbstractContextManager[World]:
        """Open the world that a command needs."""
        return self.worlds(self.revoked if command is restore_second else self.before)

    def whole(self, command: Command) -> tuple[list[str], dict[str, object]]:
        """Return the calls and the state of a decision without a crash."""
        with self.world(command) as world:
            calls = decided(world, command)
            assert list(faults(world)) == []
            return calls, state(world)

    def crash(self, command: Command, point: Point, recover: Recovery) -> dict[str, object]:
        """Return the state after a crash and the recovery from it."""
        with self.world(command) as world:
            crashed(world, command, point, recover)
            return state(world) | dict.fromkeys(faults(world))


@pytest.fixture(scope="module", params=[local_worlds, google_worlds], ids=["local", "google"])
def decisions(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Decisions]:
    opener: Opener = request.param
    folder = tmp_path_factory.mktemp("worlds")
    with trained_once(), opener(PROBLEM, folder) as worlds:
        with worlds() as world:
            with_a_wrong_champion(world, two_files(folder))
            before = world.save()
            decided(world, revoke_second)
            revoked = world.save()
        yield Decisions(worlds, before, revoked, request.param is local_worlds)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_crash_between_two_writes_changes_no_end(decisions: Decisions, command: Command) -> None:
    """Locally between all of them, over the wire between some; with each recovery in turn."""
    calls, whole = decisions.whole(command)
    points = distinct_points_of(calls)[:: 1 if decisions.local else 6]
    ends = {
        point: decisions.crash(command, point, RECOVERIES[number % 2])
        for number, point in enumerate(points)
    }
    assert {at: differing(end, whole) for at, end in ends.items() if end != whole} == {}


@pytest.mark.soak
@pytest.mark.parametrize("recover", RECOVERIES)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_crash_at_any_call_changes_no_end(
    decisions: Decisions, command: Command, recover: Recovery, request: pytest.FixtureRequest
) -> None:
    calls, whole = decisions.whole(command)
    ends = {point: decisions.crash(command, point, recover) for point in points_of(calls)}
    request.node.user_properties.append(("crash points covered", len(ends)))
    assert {at: differing(end, whole) for at, end in ends.items() if end != whole} == {}
    assert len(ends) == 2 * len(calls)


def test_a_wrong_file_that_is_revoked_gives_back_its_champion(decisions: Decisions) -> None:
    with decisions.world(revoke_second) as world:
        decided(world, revoke_second)
        moves = registry(world).champion().history
        assert [(move.version, move.by) for move in moves] == [
            (1, "the gate"),
            (2, PERSON),
            (1, "the gate"),
        ]


@pytest.mark.parametrize("decisions", [local_worlds], ids=["local"], indirect=True)
@pytest.mark.parametrize("variant", DECISION_VARIANTS)
def test_a_naive_decision_does_not_survive_every_crash(
    decisions: Decisions, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = variant(monkeypatch)
    calls, whole = decisions.whole(command)
    points = distinct_points_of(calls)
    assert any(decisions.crash(command, point, repeat) != whole for point in points)


def differing(end: dict[str, object], whole: dict[str, object]) -> dict[str, object]:
    """Return what differs, beside what it should be."""
    names = sorted({*end, *whole})
    both = {name: (end.get(name, "absent"), whole.get(name, "absent")) for name in names}
    return {name: (found, right) for name, (found, right) in both.items() if found != right}
