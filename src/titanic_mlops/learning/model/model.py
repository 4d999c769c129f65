"""A model: the encoder, the arrays that score, and what their scores mean."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.errors import ModelDamaged
from titanic_mlops.learning.amounts import LARGEST_LOG
from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.intervals import Band, Interval, interval_to_json
from titanic_mlops.learning.model.files import read_files, write_files
from titanic_mlops.learning.model.linear import Linear
from titanic_mlops.learning.model.trees import Floats, Trees
from titanic_mlops.problems.base import Record

LOG = "log"
JUDGED = "judged"
"""The member of `fitting` that says how the model of a small table was judged."""
_CHUNK = 4096
_OBJECTS = ("encoder", "scorer", "interval")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why: `baseline` plus the sum of `contributions` is `score`, all in the task's unit."""

    score: float
    baseline: float
    contributions: dict[str, float]

    def document(self) -> dict[str, Any]:
        """Return the reasons as plain JSON values."""
        return {
            "score": self.score,
            "baseline": self.baseline,
            "contributions": self.contributions,
        }


@dataclass(frozen=True)
class Model:
    """Score records: log-odds, one score per class, or the value (its logarithm) for a regression.

    `players` are the columns, or groups of them, that share a score. With K scores per record,
    `start` (K,) is added to what the `scorer` returns; `baseline` (K,) is the mean score of the
    background rows. `classes` are the values of the target that a classification tells apart.
    `transform` is "log" if the model learned the logarithm of the target; `interval` is that of a
    regression, in units of the score. `fitting` says how it was fitted.
    """

    problem: str
    task: str
    encoder: Encoder
    players: tuple[str, ...]
    scorer: Trees | Linear
    start: tuple[float, ...]
    baseline: tuple[float, ...]
    classes: tuple[int, ...] | tuple[str, ...] = ()
    transform: Literal["", "log"] = ""
    interval: Interval | None = None
    fitting: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fits = (
            len(self.start) == len(self.baseline) == self.scorer.n_scores
            and len(self.players) == self.scorer.n_players
            and self.scorer.fits(len(self.encoder.input_names))
        )
        if not fits:
            raise ModelDamaged("The shapes or types of the arrays in the model file do not match.")

    @property
    def has_holdout(self) -> bool:
        """Return whether it was fitted on TRAIN alone: a small table's model learned every row."""
        return JUDGED not in self.fitting

    def score(self, record: Record) -> float:
        """Return the score of one record, by a model that has one score."""
        (score,) = self.scorer.score(self.encoder.encode(record)).tolist()
        return float(score + self.start[0])

    def explain(self, record: Record) -> tuple[Reasons, ...]:
        """Return the reasons of each score: for several classes, one in the order of classes."""
        shares = self.scorer.shares(self.encoder.encode(record))
        pairs = zip(self.baseline, shares.tolist(), strict=True)
        return tuple(
            Reasons(baseline + sum(parts), baseline, dict(zip(self.players, parts, strict=True)))
            for baseline, parts in pairs
        )

    def scores(self, records: Iterable[Record]) -> Floats:
        """Return the scores of many records, shape (n_records,); (n_records, K) for K classes."""
        found = self.scores_of_inputs(self.encoder.encode_all(records))
        return found.ravel() if self.scorer.n_scores == 1 else found

    def outputs(self, records: Iterable[Record]) -> Floats:
        """Return the scores of many records; where they are logarithms, in units of the target."""
        return self.in_units(self.scores(records))

    def in_units(self, scores: Floats) -> Floats:
        """Return scores of a regression in units of the target, all others as they are."""
        if self.transform != LOG:
            return scores
        values: Floats = np.exp(np.minimum(scores, LARGEST_LOG))
        return values

    def value_of(self, score: float) -> float:
        """Return one score of a regression in units of the target."""
        return math.exp(min(score, LARGEST_LOG)) if self.transform == LOG else score

    def band(self, record: Record, score: float) -> Band | None:
        """Return the interval around the score of a record, None if the model has none."""
        if self.interval is None:
            return None
        return self.interval.around(score, record, self.encoder.encode(record))

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Return the arrays as .npz and the rest as JSON; equal models give equal bytes."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _OBJECTS}
        interval = self.interval and interval_to_json(self.interval)
        encoder = self.encoder.to_json()
        return write_files({**plain, "encoder": encoder, "interval": interval}, self.scorer)

    @classmethod
    def from_bytes(cls, arrays: bytes, description: bytes) -> Model:
        """Return the model that `to_bytes` wrote, of this format or the former one.

        Raises:
            ModelDamaged: the bytes are not such a model.
        """
        try:
            model = cls(**read_files(arrays, description))
            _check_answer(model)
        except ModelDamaged:
            raise
        except Exception as error:
            raise ModelDamaged(f"The model file cannot be read: {error!r}.") from error
        return model

    def scores_of_inputs(self, inputs: NDArray[np.float32]) -> Floats:
        """Return the scores of encoded records (n, n_inputs), shape (n, K)."""
        chunks = range(0, len(inputs), _CHUNK)
        parts = [self.scorer.scores(inputs[i : i + _CHUNK]) for i in chunks]
        return np.concatenate([np.empty((0, self.scorer.n_scores)), *parts]) + self.start


def _check_answer(model: Model) -> None:
    """Score and explain the empty record, which uses every part of the model."""
    explained = model.explain({})
    found = [*model.scores([{}]).ravel(), *(reasons.score for reasons in explained)]
    found += [share for reasons in explained for share in reasons.contributions.values()]
    if band := model.band({}, found[0]):
        found += [band.low, band.high, band.level]
    if not all(map(math.isfinite, found)):
        raise ModelDamaged("The model file gives scores that are not finite numbers.")
    if model.transform not in ("", LOG):
        raise ModelDamaged(f"The model file has the transform {model.transform!r}.")
