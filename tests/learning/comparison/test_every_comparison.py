"""The behaviour that the comparison of every task owes the gate, on an example problem of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from inspect import signature

import numpy as np
import pytest

from tests.invented_flowers import PROBLEM as FLOWERS
from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.learning.comparison import Comparison, comparison_of
from titanic_mlops.learning.holdout import View, views
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.tasks import task_names
from titanic_mlops.learning.training import records_of
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.rules.split import TEST


@dataclass(frozen=True)
class Example:
    problem: Problem
    model: Model
    holdout: list[Record]

    @property
    def comparison(self) -> Comparison:
        return comparison_of(self.problem)

    def views(self, champion: Model | None) -> tuple[View, ...]:
        return views(self.problem, self.model, champion, self.holdout)


@pytest.fixture(scope="module", params=task_names())
def example(request: pytest.FixtureRequest) -> Example:
    name, problem = {
        "classification": ("titanic", load_problem("titanic")),
        "multiclass": ("flower", FLOWERS),
        "regression": ("flat", FLATS),
    }[request.param]
    rows = request.getfixturevalue(f"{name}_rows")
    return Example(problem, request.getfixturevalue(f"{name}_model"), records_of(rows, TEST))


def test_a_trained_model_passes_against_itself(example: Example) -> None:
    for view in example.views(example.model):
        checks = list(example.comparison.checks(view))
        assert [check.name for check in checks if not check.passed] == []
        assert all(check.name.startswith(f"{view.name}: ") for check in checks)
        assert len({check.name for check in checks}) == len(checks)


def test_a_model_without_a_champion_is_checked_against_floors(example: Example) -> None:
    for floors, all_checks in zip(example.views(None), example.views(example.model), strict=True):
        names = [check.name for check in example.comparison.checks(floors)]
        compared = [check.name for check in example.comparison.checks(all_checks)]
        assert names == compared[: len(names)]
        assert 0 < len(names) < len(compared)


def test_permuted_scores_fail_a_floor_and_a_comparison(example: Example) -> None:
    whole = example.views(example.model)[0]
    permuted: Floats = np.random.default_rng(0).permutation(whole.challenger)
    spoiled = replace(whole, challenger=permuted)
    floors = len(list(example.comparison.checks(replace(spoiled, champion=None))))
    passed = [check.passed for check in example.comparison.checks(spoiled)]
    assert not all(passed[:floors])
    assert not all(passed[floors:])


def test_every_slice_is_checked(example: Example) -> None:
    whole = example.views(example.model)[0]
    names = {check.name for check in example.comparison.checks(whole)}
    assert {f"whole: {name}" for name, _ in whole.slices} <= names
    assert whole.slices


def test_the_headline_compares_every_view(example: Example) -> None:
    alone = example.comparison.headline(example.views(None))
    compared = example.comparison.headline(example.views(example.model))
    for view in example.views(None):
        assert view.label in alone
    assert (alone.count(" against "), compared.count(" against ")) == (0, len(example.views(None)))


def test_a_comparison_has_the_protocols_verbs(example: Example) -> None:
    verbs = [name for name in vars(Comparison) if not name.startswith("_")]
    assert len(verbs) == 5
    for verb in verbs:
        found = signature(getattr(example.comparison, verb)).parameters
        assert ["self", *found] == list(signature(getattr(Comparison, verb)).parameters)


def test_a_model_is_not_worse_than_itself(example: Example) -> None:
    for view in example.views(example.model):
        for pair in example.comparison.paired(view):
            assert (pair.worse, pair.proves_better) == (0, False)
            assert pair.check(view.name).passed


def test_a_spoiled_model_is_worse_beyond_chance(example: Example) -> None:
    whole = example.views(example.model)[0]
    permuted: Floats = np.random.default_rng(0).permutation(whole.challenger)
    spoiled = replace(whole, challenger=permuted)
    assert not any(p.check("whole").passed for p in example.comparison.paired(spoiled))
    back = replace(whole, champion=permuted)
    assert all(p.proves_better for p in example.comparison.paired(back))


def test_few_labels_are_not_enough(example: Example) -> None:
    labels = example.views(None)[0].labels
    assert example.comparison.enough(labels)
    assert not example.comparison.enough(labels[:9])
    assert example.comparison.least()
