"""Each mistake in a declaration gets its sentence; several get theirs at once."""

from __future__ import annotations

from functools import reduce
from itertools import combinations

import pytest

from tests.problems.conftest import DECLARATION, Plant
from tests.problems.mistakes import MISTAKES, Mistake
from titanic_mlops.errors import DeclarationInvalid
from titanic_mlops.problems import load_problem

INDEPENDENT = (
    *("task of another kind", "type is bytes", "category is a number", "minimum above maximum"),
    *("max_length of nothing", "no title", "key misspelt", "slice is a float"),
    *("feature misspelt", "pattern without a group", "column of the platform"),
)
"""Mistakes of which none hides another."""


def planted(source: str, mistake: Mistake) -> str:
    assert source.count(mistake.old) == 1
    return source.replace(mistake.old, mistake.new)


def sentences_of(plant: Plant, source: str) -> tuple[str, ...]:
    plant(source)
    with pytest.raises(DeclarationInvalid) as invalid:
        load_problem("planted")
    assert invalid.value.detail == " ".join(invalid.value.sentences)
    return invalid.value.sentences


def test_a_declaration_without_a_mistake_is_loaded(plant: Plant) -> None:
    plant(DECLARATION)
    problem = load_problem("planted")
    assert (problem.name, problem.file) == ("planted", "problems/planted.py")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_gets_its_sentence(name: str, plant: Plant) -> None:
    mistake = MISTAKES[name]
    source = planted(DECLARATION, mistake)
    line = str(source[: source.index(mistake.new)].count("\n") + 1)
    expected = [said.replace("{line}", line) for said in mistake.sentences]
    assert sentences_of(plant, source) == tuple(f"problems/planted.py: {s}" for s in expected)


def test_many_mistakes_are_reported_at_once(plant: Plant) -> None:
    mistakes = [MISTAKES[name] for name in INDEPENDENT]
    sentences = sentences_of(plant, reduce(planted, mistakes, DECLARATION))
    expected = [f"problems/planted.py: {said}" for m in mistakes for said in m.sentences]
    assert sorted(sentences) == sorted(expected)


@pytest.mark.parametrize("pair", list(combinations(INDEPENDENT, 2)), ids=" and ".join)
def test_two_mistakes_are_reported_together(pair: tuple[str, str], plant: Plant) -> None:
    mistakes = [MISTAKES[name] for name in pair]
    sentences = sentences_of(plant, reduce(planted, mistakes, DECLARATION))
    expected = [f"problems/planted.py: {said}" for m in mistakes for said in m.sentences]
    assert sorted(sentences) == sorted(expected)
