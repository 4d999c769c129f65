"""A model of the former format answers as it did; families and classes survive their files."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.learning.scorers import trees_of
from titanic_mlops.errors import ModelDamaged
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.encodings import NumericEncoding
from titanic_mlops.learning.model import Linear, Model
from titanic_mlops.problems.base import Record


def former_files(model: Model) -> tuple[bytes, bytes]:
    """Return the files that format 1 had for this model: one dense table of contributions."""
    trees = trees_of(model)
    dense = np.zeros((*trees.value.shape, len(model.players)))
    dense[trees.tree, :, trees.player] = trees.contribution
    buffer = io.BytesIO()
    np.savez(
        buffer,
        feature=trees.feature,
        threshold=trees.threshold,
        value=trees.value,
        contribution=dense,
    )
    described = {
        "format": 1,
        "problem": model.problem,
        "task": model.task,
        "encoder": model.encoder.to_json(),
        "columns": model.players,
        "start": model.start[0],
        "baseline": model.baseline[0],
        "interval": None,
    }
    return buffer.getvalue(), (json.dumps(described, indent=1) + "\n").encode()


def linear() -> Model:
    """Return a linear model of 3 classes: `a` has two inputs of one player, `b` of another."""
    return Model(
        problem="small",
        task="multiclass",
        encoder=Encoder([NumericEncoding("a", 1.0), NumericEncoding("b", 2.0)]),
        players=("a", "b"),
        scorer=Linear(
            weight=np.arange(12.0).reshape(3, 4),
            mean=np.array([1.0, 0.25, 2.0, 0.5]),
            player=np.array([0, 0, 1, 1]),
            n_scores=3,
            n_players=2,
        ),
        start=(0.5, 0.0, -0.5),
        baseline=(0.5, 0.0, -0.5),
        classes=("x", "y", "z"),
    )


def test_a_model_of_the_former_format_answers_as_before(
    titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    read = Model.from_bytes(*former_files(titanic_model))
    assert len(trees_of(read).tree) < len(trees_of(titanic_model).value) * len(read.players) / 2
    assert read.interval == titanic_model.interval
    for record in titanic_holdout:
        (before,), (now,) = titanic_model.explain(record), read.explain(record)
        assert now == before
        assert read.score(record) == titanic_model.score(record)


def test_a_model_of_the_former_format_is_written_in_todays(titanic_model: Model) -> None:
    read = Model.from_bytes(*former_files(titanic_model))
    assert Model.from_bytes(*read.to_bytes()).to_bytes() == read.to_bytes()


@pytest.mark.parametrize("lost", ["contribution", "value", "columns", "start"])
def test_a_damaged_model_of_the_former_format_is_rejected(titanic_model: Model, lost: str) -> None:
    arrays, description = former_files(titanic_model)
    stored, described = dict(np.load(io.BytesIO(arrays))), json.loads(description)
    stored = {n: a[:-1] if n == lost else a for n, a in stored.items()}
    described = {n: value for n, value in described.items() if n != lost}
    buffer = io.BytesIO()
    np.savez(buffer, **stored)
    with pytest.raises(ModelDamaged):
        Model.from_bytes(buffer.getvalue(), json.dumps(described).encode())


def test_a_linear_model_sums_its_contributions_exactly() -> None:
    model = linear()
    record: Record = {"a": 3.0, "b": None}
    inputs = np.array([3.0, 0.0, 2.0, 1.0])
    scorer = model.scorer
    assert isinstance(scorer, Linear)
    expected = scorer.weight @ (inputs - scorer.mean) + model.start
    assert model.scores([record]).tolist() == [expected.tolist()]
    for number, reasons in enumerate(model.explain(record)):
        parts = scorer.weight[number] * (inputs - scorer.mean)
        assert reasons.contributions == {"a": parts[:2].sum(), "b": parts[2:].sum()}
        assert reasons.score == pytest.approx(expected[number], abs=1e-12)
        assert reasons.baseline == model.baseline[number]


def test_a_linear_model_survives_its_files() -> None:
    model = linear()
    read = Model.from_bytes(*model.to_bytes())
    assert read.to_bytes() == model.to_bytes()
    assert (read.classes, read.players) == (("x", "y", "z"), ("a", "b"))
    assert np.array_equal(read.scores([{"a": 7.0}, {}]), model.scores([{"a": 7.0}, {}]))


@pytest.mark.parametrize(
    "changes",
    [
        {"weight": np.ones((2, 4))},
        {"mean": np.ones(3)},
        {"player": np.array([0, 0, 1, 2])},
        {"player": np.array([0, 0, 1, -1])},
        {"weight": np.ones((3, 4), dtype=np.float32)},
    ],
)
def test_a_linear_model_whose_arrays_do_not_match_is_rejected(
    changes: dict[str, np.ndarray],
) -> None:
    model = linear()
    parts: dict[str, Any] = {**model.scorer.arrays(), "n_scores": 3, "n_players": 2, **changes}
    with pytest.raises(ModelDamaged):
        replace(model, scorer=Linear(**parts))


def test_values_of_a_logarithm_are_in_units_of_the_target() -> None:
    model = replace(linear(), transform="log")
    scores = np.array([0.0, 1.0, 1e9])
    values = model.in_units(scores)
    assert values[:2].tolist() == [1.0, np.exp(1.0)]
    assert np.isfinite(values).all()
    assert [model.value_of(score) for score in scores] == pytest.approx(values.tolist())
