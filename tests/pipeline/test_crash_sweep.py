"""Crash before and after every call of a whole run and restart: nothing is lost or doubled.

A file lands, is ingested and announced, a model is trained, registered and promoted. The
calls to the object stores, the warehouse and the bus are counted in a run without a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import pytest

from tests.invented_problem import PROBLEM
from tests.pipeline.crashing import Point, points_of
from tests.pipeline.naive import VARIANTS
from tests.pipeline.whole_run import File, crashed, flats_file, undisturbed
from tests.pipeline.worlds import Worlds, google_worlds, local_worlds
from tests.shortcuts import trained_once
from titanic_mlops.problems.base import Problem

pytestmark = pytest.mark.repeats

Opener = Callable[[Problem, Path], AbstractContextManager[Worlds]]
Variant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module", params=[local_worlds, google_worlds], ids=["local", "google"])
def worlds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worlds]:
    opener: Opener = request.param
    with trained_once(), opener(PROBLEM, tmp_path_factory.mktemp("worlds")) as opened:
        yield opened


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> File:
    return flats_file(tmp_path_factory.mktemp("file"))


@pytest.mark.soak
def test_a_crash_at_any_call_loses_and_doubles_nothing(
    worlds: Worlds, file: File, request: pytest.FixtureRequest
) -> None:
    calls = calls_of(worlds, file)
    covered = {point: crash(worlds, file, point) for point in points_of(calls)}
    wrong = {point: found for point, found in covered.items() if found}

    request.node.user_properties.append(("calls", len(calls)))
    request.node.user_properties.append(("crash points covered", len(covered)))
    assert wrong == {}
    assert len(covered) == 2 * len(calls)
    assert {call.partition(".")[0] for call in calls} == {"landing", "storage", "warehouse", "bus"}


def test_a_crash_at_each_fifth_point_loses_and_doubles_nothing(worlds: Worlds, file: File) -> None:
    points = points_of(calls_of(worlds, file))[::5]
    assert {point: found for point in points if (found := crash(worlds, file, point))} == {}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_naive_pipeline_does_not_survive_every_crash(
    worlds: Worlds, file: File, variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    variant(monkeypatch)
    points = points_of(calls_of(worlds, file))
    any_order = Random(1912).sample(points, len(points))  # noqa: S311 seeded test data
    assert any(crash(worlds, file, point) for point in any_order)


@pytest.mark.soak
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_naive_pipeline_fails_at_more_than_one_point(
    worlds: Worlds,
    file: File,
    variant: Variant,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    variant(monkeypatch)
    points = points_of(calls_of(worlds, file))
    caught = [point for point in points if crash(worlds, file, point)]
    request.node.user_properties.append(("crash points covered", len(points)))
    request.node.user_properties.append(("crash points that catch it", len(caught)))
    assert 1 < len(caught) < len(points)


def calls_of(worlds: Worlds, file: File) -> list[str]:
    with worlds() as world:
        return undisturbed(world, file)


def crash(worlds: Worlds, file: File, point: Point) -> list[str]:
    with worlds() as world:
        return crashed(world, file, point)
