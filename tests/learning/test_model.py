from __future__ import annotations

import io
import json
import pickle
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.invented_problem import PROBLEM as FLATS
from tests.learning.scorers import trees_of
from titanic_mlops.errors import ModelDamaged
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.encodings import NumericEncoding, OneHotEncoding, WordsEncoding
from titanic_mlops.learning.intervals import Conformal
from titanic_mlops.learning.model import Model, Reasons, Trees
from titanic_mlops.learning.model.files import FORMAT, FORMER
from titanic_mlops.learning.tasks.classification import probability_of
from titanic_mlops.learning.training import records_of
from titanic_mlops.learning.training.fit import SEED, _background, export, fit
from titanic_mlops.learning.training.lesson import Estimator
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Column, Problem, Record
from titanic_mlops.rules.split import SPLITS, TRAIN

Fitted = tuple[Encoder, Estimator, Model]
TOLERANCE = 1e-12


def values_of(column: Column) -> SearchStrategy[Any]:
    if column.categories:
        value: SearchStrategy[Any] = st.sampled_from(column.categories)
    elif column.type is str:
        titled = st.sampled_from(["A, Mr. B", "A, Mrs. B", "A, Miss. B", "A, Master. B"])
        value = titled | st.text(max_size=20)
    elif column.type is int:
        low, high = column.bounds
        value = st.integers(int(low), int(high))
    else:
        value = st.floats(*column.bounds)
    return st.none() | value if column.nullable or column.optional else value


def records_in_range(problem: Problem) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({column.name: values_of(column) for column in problem.inputs})


@pytest.fixture(params=["whole", "reduced"])
def all_records(
    request: pytest.FixtureRequest, titanic: Problem, titanic_rows: pd.DataFrame
) -> list[Record]:
    """Return all 891 rows, as they are and without the optional columns."""
    records = [record for split in SPLITS for record in records_of(titanic_rows, split)]
    if request.param == "whole":
        return records
    return [titanic.without_optional(record) for record in records]


@pytest.fixture(scope="session")
def small() -> Model:
    """Return a model of two hand-made trees, small enough to damage every byte.

    The first compares `fare` with 10.5, its left side is worth 1 and its right side 2;
    the second asks for the title Mr: 0.25 without it, 0.5 with it.
    """
    encodings = (
        NumericEncoding("fare", 14.5),
        OneHotEncoding("name", ("Mr",), r",\s*([^.]+)\."),
        WordsEncoding("advert", ("balcony", "garden")),
    )
    feature = np.zeros((2, 8), dtype=np.int64)
    feature[1, 0] = 2
    threshold = np.full((2, 8), -np.inf)
    threshold[:, 0] = 10.5, 0.5
    value = np.zeros((2, 128))
    value[0, 0], value[0, 1] = 2.0, 1.0
    value[1, 0], value[1, 1] = 0.5, 0.25
    contribution = np.stack([value[0] - 1.5, value[1] - 0.5])
    return Model(
        problem="small",
        task="regression",
        encoder=Encoder(encodings),
        players=("fare", "name", "advert"),
        scorer=Trees(
            feature=feature,
            threshold=threshold,
            value=value,
            tree=np.array([0, 1]),
            player=np.array([0, 1]),
            contribution=contribution,
            n_scores=1,
            n_players=3,
        ),
        start=(-1.0,),
        baseline=(1.0,),
        interval=Conformal((0.5,), (0.9,)),
    )


def explained(model: Model, record: Record) -> Reasons:
    (reasons,) = model.explain(record)
    return reasons


def test_every_row_gets_scikit_learns_score(fitted: Fitted, all_records: list[Record]) -> None:
    encoder, estimator, model = fitted
    inputs = encoder.encode_all(all_records)
    ours = np.array([model.score(record) for record in all_records])
    assert len(ours) == 891
    assert np.abs(ours - estimator.decision_function(inputs)).max() <= TOLERANCE
    assert np.array_equal(ours > 0, estimator.predict(inputs) == 1)
    probabilities = [probability_of(score) for score in ours]
    expected = estimator.predict_proba(inputs)[:, 1]
    assert np.allclose(probabilities, expected, rtol=0, atol=TOLERANCE)


def test_scores_equals_score_of_each_record(
    titanic_model: Model, all_records: list[Record]
) -> None:
    one_by_one = [titanic_model.score(record) for record in all_records]
    assert np.abs(titanic_model.scores(all_records) - one_by_one).max() <= TOLERANCE


def test_records_beyond_one_chunk_keep_their_order(small: Model) -> None:
    fares = [5.0, 20.0, 20.0] * 3000
    expected = np.where(np.array(fares) <= 10.5, 0.25, 1.25)
    assert np.array_equal(small.scores({"fare": fare} for fare in fares), expected)


def test_baseline_plus_contributions_equals_the_score(
    titanic_model: Model, all_records: list[Record]
) -> None:
    for record in all_records:
        reasons = explained(titanic_model, record)
        assert abs(reasons.score - titanic_model.score(record)) <= TOLERANCE
        total = reasons.baseline + sum(reasons.contributions.values())
        assert abs(total - titanic_model.score(record)) <= TOLERANCE


def test_contributions_equal_shapley_values_by_definition(
    titanic: Problem,
    fitted: Fitted,
    titanic_training: list[Record],
    titanic_holdout: list[Record],
) -> None:
    encoder, estimator, model = fitted
    background = encoder.encode_all(_background(titanic_training, SEED))
    owner = np.array(encoder.input_columns)
    players = titanic.feature_columns
    reduced = [titanic.without_optional(record) for record in titanic_holdout[:3]]
    for record in [*titanic_holdout[:9], *reduced]:
        worth = worths(estimator, encoder.encode(record), background, owner, players)
        reasons = explained(model, record)
        assert abs(reasons.baseline - worth[frozenset()]) <= TOLERANCE
        for player in players:
            expected = shapley(worth, player, players)
            assert abs(reasons.contributions[player] - expected) <= TOLERANCE, player


def worths(
    estimator: Estimator,
    inputs: np.ndarray,
    background: np.ndarray,
    owner: np.ndarray,
    players: tuple[str, ...],
) -> dict[frozenset[str], float]:
    """Return the mean score over hybrids that take a coalition's columns from `inputs`."""
    coalitions = [
        frozenset(chosen)
        for size in range(len(players) + 1)
        for chosen in combinations(players, size)
    ]
    hybrids = [
        np.where(np.isin(owner, list(coalition)), inputs, background) for coalition in coalitions
    ]
    scores = estimator.decision_function(np.concatenate(hybrids))
    means = scores.reshape(len(coalitions), -1).mean(axis=1)
    return dict(zip(coalitions, means.tolist(), strict=True))


def shapley(worth: dict[frozenset[str], float], player: str, players: tuple[str, ...]) -> float:
    """Return the player's value by the definition of Shapley (1953)."""
    n = len(players)
    return sum(
        factorial(len(others)) * factorial(n - len(others) - 1) / factorial(n)
        * (worth[others | {player}] - worth[others])
        for others in worth
        if player not in others
    )  # fmt: skip


def test_a_column_at_the_mean_contributes_nothing(small: Model) -> None:
    assert explained(small, {"fare": 20.0, "name": "A, Mr. B"}).contributions["advert"] == 0


@settings(max_examples=60, deadline=None)
@given(records=st.lists(records_in_range(load_problem("titanic")), min_size=1, max_size=20))
def test_every_valid_record_gets_scikit_learns_score(fitted: Fitted, records: list[Record]) -> None:
    encoder, estimator, model = fitted
    expected = estimator.decision_function(encoder.encode_all(records))
    assert np.abs(model.scores(records) - expected).max() <= TOLERANCE
    for record, score in zip(records, expected, strict=True):
        assert abs(model.score(record) - score) <= TOLERANCE
        assert abs(explained(model, record).score - score) <= TOLERANCE


def test_a_value_that_float32_rounds_onto_the_threshold_goes_left(small: Model) -> None:
    assert small.score({"fare": 10.5}) == 0.25
    assert (
        small.score({"fare": np.nextafter(10.5, 11)}) == 0.25
    )  # the difference vanishes in float32
    assert small.score({"fare": float(np.nextafter(np.float32(10.5), np.float32(11)))}) == 1.25


def test_values_near_thresholds_take_scikit_learns_branch(fitted: Fitted) -> None:
    encoder, estimator, model = fitted
    trees = trees_of(model)
    names = encoder.input_names
    records: list[Record] = []
    for column in ("Age", "Fare"):
        of_column = trees.feature == names.index(column)
        at = trees.threshold[of_column & np.isfinite(trees.threshold)]
        near = [at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf), at + 1e-7, at - 1e-7]
        near += [at.astype(np.float32)]
        records += [{"Sex": "male", column: float(v)} for v in np.unique(np.concatenate(near))]
    assert len(records) > 500
    inputs = encoder.encode_all(records)
    assert np.abs(model.scores(records) - estimator.decision_function(inputs)).max() <= TOLERANCE


def test_a_regression_gets_scikit_learns_prediction(flat_rows: pd.DataFrame) -> None:
    training = records_of(flat_rows, TRAIN)
    encoder, estimator = fit(FLATS, training)
    model = export(FLATS, encoder, estimator, training)
    for record in [*training, *(FLATS.without_optional(r) for r in training)]:
        expected = estimator.predict(encoder.encode(record)[None])[0]
        # rents are about 1,000, so this is the same relative tolerance
        assert abs(model.score(record) - expected) <= TOLERANCE * 1000
        assert abs(explained(model, record).score - expected) <= TOLERANCE * 1000


def test_a_model_survives_a_round_trip_through_bytes(
    titanic_model: Model, titanic_holdout: list[Record]
) -> None:
    files = titanic_model.to_bytes()
    again = Model.from_bytes(*files)
    assert again.to_bytes() == files
    assert [again.explain(r) for r in titanic_holdout] == [
        titanic_model.explain(r) for r in titanic_holdout
    ]


def test_the_interval_survives_a_round_trip(flat_model: Model) -> None:
    assert flat_model.interval is not None
    assert Model.from_bytes(*flat_model.to_bytes()).interval == flat_model.interval


def damaged(model: Model, **changes: object) -> bytes:
    """Return the arrays of the model's file with some replaced, added, or left out."""
    arrays = dict(np.load(io.BytesIO(model.to_bytes()[0])))
    buffer = io.BytesIO()
    kept = {name: a for name, a in {**arrays, **changes}.items() if a is not None}
    np.savez(buffer, **kept)
    return buffer.getvalue()


ARRAYS: dict[str, Callable[[Trees], dict[str, Any]]] = {
    "one tree less": lambda m: {"feature": m.feature[:1]},
    "seven comparisons": lambda m: {"feature": m.feature[:, :7], "threshold": m.threshold[:, :7]},
    "64 outcomes": lambda m: {"value": m.value[:, :64]},
    "contributions of 64 outcomes": lambda m: {"contribution": m.contribution[:, :64]},
    "a contribution less": lambda m: {"contribution": m.contribution[:1]},
    "a player beyond the players": lambda m: {"player": m.player + 2},
    "a negative player": lambda m: {"player": m.player - 1},
    "a tree beyond the trees": lambda m: {"tree": m.tree + 1},
    "a negative tree": lambda m: {"tree": m.tree - 1},
    "players that are no integers": lambda m: {"player": m.player.astype(float)},
    "no tree": lambda m: {
        "feature": m.feature[:0],
        "threshold": m.threshold[:0],
        "value": m.value[:0],
        "contribution": m.contribution[:0],
    },
    "a number instead of an array": lambda _: {"feature": np.int64(3)},
    "an index beyond the inputs": lambda m: {"feature": m.feature + 5},
    "a negative index": lambda m: {"feature": m.feature - 1},
    "indices that are no integers": lambda m: {"feature": m.feature.astype(float)},
    "thresholds of another width": lambda m: {"threshold": m.threshold.astype(np.float32)},
    "complex values": lambda m: {"value": m.value.astype(complex)},
    "texts": lambda m: {"contribution": m.contribution.astype(str)},
    "an array too many": lambda m: {"extra": m.value},
    "an array too few": lambda _: {"value": None},
    "scores that are no number": lambda m: {"value": m.value * np.nan},
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_that_do_not_match_are_rejected(small: Model, name: str) -> None:
    arrays = damaged(small, **ARRAYS[name](trees_of(small)))
    with pytest.raises(ModelDamaged):
        Model.from_bytes(arrays, small.to_bytes()[1])


class Trap:
    """Raise when it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (pytest.fail, ("the model file was unpickled",))


def test_a_pickled_object_is_rejected_and_never_loaded(small: Model) -> None:
    arrays, description = small.to_bytes()
    buffer = io.BytesIO()
    trees = trees_of(small)
    objects: Any = np.empty(trees.value.shape, dtype=object)
    objects[:] = Trap()
    np.savez(buffer, feature=trees.feature, threshold=trees.threshold, value=objects)
    for content in (buffer.getvalue(), pickle.dumps(Trap())):
        with pytest.raises(ModelDamaged):
            Model.from_bytes(content, description)
    with pytest.raises(ModelDamaged):
        Model.from_bytes(arrays, pickle.dumps(Trap()))


def test_a_model_file_of_another_format_is_rejected(small: Model) -> None:
    arrays, description = small.to_bytes()
    described = json.loads(description)
    assert described["format"] == FORMAT
    other = json.dumps({**described, "format": FORMAT + 1}).encode()
    with pytest.raises(
        ModelDamaged,
        match=f"has format {FORMAT + 1}; this code reads format {FORMAT} and {FORMER}",
    ):
        Model.from_bytes(arrays, other)


def test_a_truncated_model_file_is_rejected(small: Model) -> None:
    arrays, description = small.to_bytes()
    for end in range(0, len(arrays), 97):
        with pytest.raises(ModelDamaged):
            Model.from_bytes(arrays[:end], description)
    for end in range(0, len(description) - 2, 7):
        with pytest.raises(ModelDamaged):
            Model.from_bytes(arrays, description[:end])


@settings(max_examples=200, deadline=None)
@given(arrays=st.binary(max_size=200), description=st.binary(max_size=200) | st.just(b"[]"))
def test_random_bytes_are_rejected(small: Model, arrays: bytes, description: bytes) -> None:
    whole = small.to_bytes()
    for files in ((arrays, whole[1]), (whole[0], description), (arrays, description)):
        with pytest.raises(ModelDamaged):
            Model.from_bytes(*files)


@pytest.mark.filterwarnings("ignore")  # numpy warns about headers that Python 2 wrote
@pytest.mark.repeats
def test_a_changed_byte_is_rejected_or_works(small: Model) -> None:
    arrays, description = small.to_bytes()
    texts = list(mutations(description, range(len(description)), b'0"'))
    assert len(texts) > 800
    rejected = sum(is_rejected(arrays, text) for text in texts)
    assert len(texts) / 2 < rejected < len(texts)
    headers = header_places(arrays)
    assert len(headers) > 800
    for i, byte in enumerate((0, 0x28, 0xFF)):
        for content in mutations(arrays, headers[i::3], bytes([byte])):
            is_rejected(content, description)


LEAVES: tuple[object, ...] = (None, True, -1, 1.5, "x", "(", [], {}, [[]], 10**400, float("nan"))


def test_a_changed_description_is_rejected_or_works(
    small: Model,
) -> None:
    arrays, description = small.to_bytes()
    described = json.loads(description)
    changed = [variant for leaf in LEAVES for variant in replaced(described, leaf)]
    assert len(changed) > 200
    rejected = sum(is_rejected(arrays, json.dumps(variant).encode()) for variant in changed)
    assert rejected > 100


def is_rejected(arrays: bytes, description: bytes) -> bool:
    """Return whether the files are rejected; files that are read must answer."""
    try:
        model = Model.from_bytes(arrays, description)
    except ModelDamaged:
        return True
    records: list[Record] = [{}, {"fare": 3.5, "name": "A, Mr. B", "advert": "two words"}]
    for record in records:
        assert isinstance(model.score(record), float)
        model.explain(record)
    return False


def mutations(content: bytes, places: Iterable[int], replacements: bytes) -> Iterator[bytes]:
    for place in places:
        for byte in replacements:
            yield content[:place] + bytes([byte]) + content[place + 1 :]


def header_places(arrays: bytes) -> list[int]:
    """Return the places of the bytes in a header of the archive or of an array."""
    starts = [i for i in range(len(arrays)) if arrays.startswith(b"PK\3\4", i)]
    directory = range(arrays.index(b"PK\1\2"), len(arrays))
    return sorted({*directory, *(place for start in starts for place in range(start, start + 190))})


def replaced(value: object, leaf: object) -> Iterator[object]:
    """Yield copies of a JSON value in which one member, at any depth, is `leaf`."""
    yield leaf
    if isinstance(value, dict):
        for name, member in value.items():
            yield from ({**value, name: variant} for variant in replaced(member, leaf))
    if isinstance(value, list):
        for i, member in enumerate(value):
            yield from ([*value[:i], v, *value[i + 1 :]] for v in replaced(member, leaf))


def test_a_negative_interval_is_rejected(small: Model) -> None:
    arrays, description = small.to_bytes()
    negative = description.replace(b"0.5", b"-0.5")
    assert negative != description
    with pytest.raises(ModelDamaged, match="half-width"):
        Model.from_bytes(arrays, negative)
