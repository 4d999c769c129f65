"""The served artefact: trees as plain arrays that score a record and explain the score.

A tree of depth 3 or less is seven comparisons, one bit each: an index into a table of
128 values. A second table under the same index holds each column's exact Shapley value,
averaged over background rows. Reading both tables is all that serving does.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.errors import ModelDamaged
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.problems.base import Record

FORMAT = 1
COMPARISONS = 8
"""Comparisons stored per tree, so that one tree packs into one byte; the eighth is false."""
OUTCOMES = 128
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class _FlatArrays:
    """The arrays as serving reads them: one dimension, and where each tree begins."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]
    contribution: NDArray[np.float64]
    offset: NDArray[np.int64]


@dataclass(frozen=True)
class Model:
    """Score records: log-odds for a classification, the value itself for a regression.

    Shapes, for T trees and P columns: `feature` and `threshold` (T, 8), `value` (T, 128),
    `contribution` (T, 128, P). `start` is added to the trees' values; `baseline` is the
    mean score of the background rows; `interval` is the half-width that holds nine in
    ten residuals of a regression.
    """

    problem: str
    task: str
    encoder: Encoder
    columns: tuple[str, ...]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]
    contribution: NDArray[np.float64]
    start: float
    baseline: float
    interval: float | None = None

    def __post_init__(self) -> None:
        _check_shapes(self)

    @cached_property
    def _flat(self) -> _FlatArrays:
        return _FlatArrays(
            feature=self.feature.ravel(),
            threshold=self.threshold.ravel(),
            value=self.value.ravel(),
            contribution=self.contribution.reshape(-1, len(self.columns)),
            offset=np.arange(len(self.feature)) * OUTCOMES,
        )

    def score(self, record: Record) -> float:
        """Return the score of one record."""
        return float(self._flat.value.take(self._outcomes(record)).sum()) + self.start

    def explain(self, record: Record) -> tuple[float, dict[str, float]]:
        """Return the score and each column's contribution: `baseline` + their sum.

        Contributions are exact Shapley values with one player per column, against the
        background rows (Lundberg and Lee, 2017, the interventional form).
        """
        shares = self._flat.contribution.take(self._outcomes(record), axis=0).sum(axis=0)
        return self.baseline + float(shares.sum()), dict(
            zip(self.columns, shares.tolist(), strict=True)
        )

    def scores(self, records: Iterable[Record]) -> NDArray[np.float64]:
        """Return the scores of many records, shape (n_records,)."""
        inputs = self.encoder.encode_all(records)
        parts = [self._score_chunk(inputs[i : i + _CHUNK]) for i in range(0, len(inputs), _CHUNK)]
        return np.concatenate([np.empty(0), *parts])

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Return the arrays as .npz and the rest as JSON; equal models give equal bytes."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            feature=self.feature,
            threshold=self.threshold,
            value=self.value,
            contribution=self.contribution,
        )
        described = {
            "format": FORMAT,
            "problem": self.problem,
            "task": self.task,
            "encoder": self.encoder.to_json(),
            "columns": self.columns,
            "start": self.start,
            "baseline": self.baseline,
            "interval": self.interval,
        }
        return buffer.getvalue(), (json.dumps(described, indent=1) + "\n").encode()

    @classmethod
    def from_bytes(cls, arrays: bytes, description: bytes) -> Model:
        """Return the model that `to_bytes` wrote.

        Raises:
            ModelDamaged: the bytes are not such a model.
        """
        try:
            described = _read_description(description)
            with np.load(io.BytesIO(arrays), allow_pickle=False) as loaded:
                stored = {name: loaded[name] for name in loaded.files}
            described["columns"] = tuple(described["columns"])
            described["encoder"] = Encoder.from_json(described["encoder"])
            model = cls(**described, **stored)
            _check_answer(model)
        except ModelDamaged:
            raise
        except Exception as error:
            raise ModelDamaged(f"The model file cannot be read: {error!r}.") from error
        return model

    def _outcomes(self, record: Record) -> NDArray[np.int64]:
        """Return, per tree, where its outcome lies in the flat tables, shape (T,)."""
        flat = self._flat
        compared = self.encoder.encode(record).take(flat.feature) <= flat.threshold
        outcomes: NDArray[np.int64] = np.packbits(compared, bitorder="little") + flat.offset
        return outcomes

    def _score_chunk(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        flat = self._flat
        compared = inputs.take(flat.feature, axis=1) <= flat.threshold
        outcomes = np.packbits(compared, axis=1, bitorder="little") + flat.offset
        sums: NDArray[np.float64] = flat.value.take(outcomes).sum(axis=1)
        return sums + self.start


def probability_of(score: float) -> float:
    """Return the probability of class 1 for log-odds `score`."""
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    return math.exp(score) / (1 + math.exp(score))


def _read_description(description: bytes) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(description)
    if described.pop("format") != FORMAT:
        raise ModelDamaged("The model file is of another format than this code reads.")
    return described


def _check_shapes(model: Model) -> None:
    trees = len(model.feature)
    right = (
        model.feature.shape == model.threshold.shape == (trees, COMPARISONS)
        and model.value.shape == (trees, OUTCOMES)
        and model.contribution.shape == (trees, OUTCOMES, len(model.columns))
        and model.feature.dtype == np.int64
        and model.threshold.dtype == model.value.dtype == model.contribution.dtype == np.float64
        and trees > 0
        and bool(np.isneginf(model.threshold[:, -1]).all())
        and model.feature.min() >= 0
        and model.feature.max() < len(model.encoder.input_names)
    )
    if not right:
        raise ModelDamaged("The model file's arrays do not fit each other.")


def _check_answer(model: Model) -> None:
    """Ask about the empty record: every part of the model has to do its work."""
    score, contributions = model.score({}), model.explain({})[1]
    half = 0.0 if model.interval is None else model.interval
    if not all(map(math.isfinite, (score, *contributions.values()))) or not half >= 0:
        raise ModelDamaged("The model file gives scores that are no finite numbers.")
