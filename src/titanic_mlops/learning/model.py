"""The served artefact: trees as plain arrays that score a record and explain the score.

A tree of depth 3 or less is seven comparisons, one bit each: an index into a table of
128 values. A second table has the same index and holds each column's exact Shapley value,
averaged over background rows. Serving only looks up both tables.
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

Floats = NDArray[np.float64]

FORMAT = 1
COMPARISONS = 8
"""Comparisons stored per tree, so that a tree packs into one byte; the eighth is always false."""
OUTCOMES = 128
_CHUNK = 4096


@dataclass(frozen=True, slots=True)
class _FlatArrays:
    """The arrays as serving reads them: flat, with the offset of each tree, shape (T,)."""

    feature: NDArray[np.int64]
    threshold: Floats
    value: Floats
    contribution: Floats
    offset: NDArray[np.int64]


@dataclass(frozen=True)
class Model:
    """Score records: log-odds for a classification, the value itself for a regression.

    Shapes, for T trees and P columns: `feature` and `threshold` (T, 8), `value` (T, 128),
    `contribution` (T, 128, P). `start` is added to the trees' values; `baseline` is the
    mean score of the background rows; `interval` is the half-width of a regression's 90 %
    interval, in units of the target.
    """

    problem: str
    task: str
    encoder: Encoder
    columns: tuple[str, ...]
    feature: NDArray[np.int64]
    threshold: Floats
    value: Floats
    contribution: Floats
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

    def scores(self, records: Iterable[Record]) -> Floats:
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
        """Return the index of every tree's outcome in the flat tables, shape (T,)."""
        flat = self._flat
        compared = self.encoder.encode(record).take(flat.feature) <= flat.threshold
        outcomes: NDArray[np.int64] = np.packbits(compared, bitorder="little") + flat.offset
        return outcomes

    def _score_chunk(self, inputs: NDArray[np.float32]) -> Floats:
        flat = self._flat
        compared = inputs.take(flat.feature, axis=1) <= flat.threshold
        outcomes = np.packbits(compared, axis=1, bitorder="little") + flat.offset
        sums: Floats = flat.value.take(outcomes).sum(axis=1)
        return sums + self.start


def _read_description(description: bytes) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(description)
    found = described.pop("format")
    if found != FORMAT:
        raise ModelDamaged(f"The model file has format {found!r}; this code reads format {FORMAT}.")
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
        raise ModelDamaged("The shapes or types of the arrays in the model file do not match.")


def _check_answer(model: Model) -> None:
    """Score and explain the empty record, which uses every part of the model."""
    score, contributions = model.score({}), model.explain({})[1]
    half = 0.0 if model.interval is None else model.interval
    if not all(map(math.isfinite, (score, *contributions.values()))) or not half >= 0:
        raise ModelDamaged("The model file gives scores that are not finite numbers.")
