"""Deliver every message twice concurrently: the second one whole, in the middle of the first."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.invented_problem import PROBLEM
from tests.pipeline.whole_run import flats_file, interleaved, undisturbed
from tests.pipeline.worlds import Worlds, google_worlds, local_worlds
from tests.shortcuts import trained_once
from titanic_mlops.problems.base import Problem

pytestmark = pytest.mark.repeats

Opener = Callable[[Problem, Path], AbstractContextManager[Worlds]]
EACH = 2  # of the calls: an interruption takes half a second
STAGING = re.compile("^(staging tables|staged objects) are left")


@pytest.fixture(
    scope="module",
    params=[local_worlds, pytest.param(google_worlds, marks=pytest.mark.soak)],
    ids=["local", "google"],
)
def found(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, list[str]]:
    """Return the violations after an interruption at each call of the run."""
    opener: Opener = request.param
    folder = tmp_path_factory.mktemp("worlds")
    file = flats_file(folder)
    with trained_once(), opener(PROBLEM, folder) as worlds:
        with worlds() as world:
            calls = undisturbed(world, file)
        found = {}
        for number in range(0, len(calls) - calls.index("storage.put"), EACH):
            with worlds() as world:
                found[number] = interleaved(world, file, number)
    return found


def test_concurrent_deliveries_lose_and_double_nothing(
    found: dict[int, list[str]], request: pytest.FixtureRequest
) -> None:
    request.node.user_properties.append(("calls interrupted", len(found)))
    assert len(found) > 15
    kept = {k: [one for one in wrong if not STAGING.match(one)] for k, wrong in found.items()}
    assert {k: wrong for k, wrong in kept.items() if wrong} == {}


def test_concurrent_deliveries_leave_nothing_staged(found: dict[int, list[str]]) -> None:
    assert {k: wrong for k, wrong in found.items() if any(map(STAGING.match, wrong))} == {}
