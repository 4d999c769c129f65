"""The behaviour that every task owes the steps that use it, on an example problem of each."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from tests.invented_flowers import PROBLEM as FLOWERS
from tests.invented_problem import PROBLEM as FLATS
from titanic_mlops.errors import TrainingRefused
from titanic_mlops.learning import tasks
from titanic_mlops.learning.holdout import View, views
from titanic_mlops.learning.model import Model, Reasons
from titanic_mlops.learning.tasks import Task, task_names, task_of
from titanic_mlops.learning.training import records_of, train
from titanic_mlops.prediction import Prediction
from titanic_mlops.problems import load_problem, problem_names
from titanic_mlops.problems.base import Problem, Record
from titanic_mlops.problems.base.roles import TASKS
from titanic_mlops.rules.split import TEST, VALIDATION

ROWS = {"titanic": "titanic_rows", "flats": "flat_rows", "flowers": "flower_rows"}
"""The fixture with the rows of each problem that may be an example."""
SCORES = (-3.5, 0.0, 2.25)
each_task = pytest.mark.parametrize("name", task_names())


@dataclass(frozen=True)
class Example:
    task: Task
    problem: Problem
    rows: pd.DataFrame
    model: Model

    def records(self, split: str) -> list[Record]:
        return records_of(self.rows, split)

    def views(self, champion: Model | None) -> tuple[View, ...]:
        return views(self.problem, self.model, champion, self.records(TEST))


@pytest.fixture(scope="module", params=task_names())
def example(request: pytest.FixtureRequest) -> Example:
    declared = [load_problem(name) for name in problem_names()]
    known = [*declared, FLATS, FLOWERS]
    problem = next(p for p in known if p.task == request.param and p.name in ROWS)
    rows = request.getfixturevalue(ROWS[problem.name])
    return Example(task_of(problem), problem, rows, train(problem, rows))


def answered(problem: Problem, model: Model, score: float) -> dict[str, Any]:
    """Return the body of the answer to a request with this score, for the last class if several."""
    answer = task_of(problem).answer_of(problem, model, scores_of(model, score))
    reasons = Reasons(score, score, {})
    ends = (score - 1, score + 1) if model.interval else None
    made = Prediction(
        "id", datetime.now(UTC), 1, {}, answer.prediction, reasons,
        probability=answer.probability, interval=ends, interval_level=ends and 0.9,
        probabilities=answer.probabilities,
    )  # fmt: skip
    return made.answer()


def scores_of(model: Model, score: float) -> list[float]:
    return [*[0.0] * (len(model.start) - 1), score]


def verbs(owner: object) -> dict[str, tuple[list[tuple[str, str]], str]]:
    """Return the names and annotations of the protocol's verbs, as `owner` declares them."""
    names = [name for name, member in vars(Task).items() if callable(member) and name[0] != "_"]
    declared = {name: signature(getattr(owner, name)) for name in names}
    return {
        name: ([(p.name, p.annotation) for p in s.parameters.values() if p.name != "self"],
               s.return_annotation)
        for name, s in declared.items()
    }  # fmt: skip


def test_a_task_is_a_name_with_an_answer_type_and_a_module() -> None:
    assert set(task_names()) == set(TASKS)


@each_task
def test_a_task_declares_the_protocols_verbs(name: str) -> None:
    assert len(verbs(Task)) == 9
    assert verbs(import_module(f"{tasks.__name__}.{name}")) == verbs(Task)


def test_importing_tasks_loads_neither_scikit_learn_nor_pandas() -> None:
    code = (
        "import sys; from importlib import import_module;"
        "from titanic_mlops.learning import tasks;"
        "[import_module(f'{tasks.__name__}.{name}') for name in tasks.task_names()];"
        "print(sorted({'sklearn', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("score", SCORES)
def test_an_answer_has_its_type_and_fits_its_schema(example: Example, score: float) -> None:
    body = answered(example.problem, example.model, score)
    assert type(body["prediction"]) is example.problem.answer_type
    schema = example.task.answer_schema(example.problem)
    validator = Draft202012Validator(schema)
    validator.validate(json.loads(json.dumps(body)))
    assert set(schema["properties"]) <= set(body)
    assert not validator.is_valid({**body, "prediction": "unheard of"})
    assert "prediction" in schema["required"]
    for name in schema["required"]:
        assert not validator.is_valid({n: value for n, value in body.items() if n != name})


@pytest.mark.parametrize("score", SCORES)
def test_an_answer_in_words_names_the_target(example: Example, score: float) -> None:
    words = example.task.answer_words(
        example.problem, answered(example.problem, example.model, score)
    )
    assert words.startswith(f"{example.problem.target} = ")
    assert "\n" not in words
    assert example.task.score_unit(example.problem)


def test_figures_are_finite_and_defined_for_the_holdout(example: Example) -> None:
    for view in example.views(None):
        assert example.task.measurable(view.labels)
        found = example.task.figures(view.labels, view.challenger)
        assert found
        assert all(type(value) is float and np.isfinite(value) for value in found.values())


def test_the_example_rows_are_accepted(example: Example) -> None:
    example.task.refuse_rows(example.problem, example.rows)


def test_a_constant_target_is_refused_by_name(example: Example) -> None:
    target = example.problem.target
    constant = example.rows.assign(**{target: example.rows[target].iloc[0]})
    with pytest.raises(TrainingRefused, match=f"^{example.problem.name}: .*{target}"):
        example.task.refuse_rows(example.problem, constant)


def test_only_a_copy_of_the_target_is_leakage(example: Example) -> None:
    labels = example.views(None)[0].labels
    copy = labels.astype(np.float32)[:, None]
    noise = np.random.default_rng(0).permutation(copy)
    copied, drawn = example.task.leakage(copy, labels), example.task.leakage(noise, labels)
    assert copied.value >= copied.limit == drawn.limit > drawn.value
    assert copied.metric == drawn.metric != ""


def test_an_interval_comes_from_the_residuals_outside(example: Example) -> None:
    bare = replace(example.model, interval=None)
    records = example.records(VALIDATION)
    shifted = example.model.scores(records) + 1e6
    sized = example.task.with_interval(example.problem, bare, records, lambda: shifted)
    assert (sized.interval is None) == (example.model.interval is None)
    if band := sized.band(records[0], 5.0):
        assert band.low < -9e5
        assert band.high > 9e5
        assert band.level == 0.9
