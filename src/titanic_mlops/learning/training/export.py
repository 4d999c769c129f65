"""From a fitted estimator to the arrays of the artefact, with their baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model import Floats, Linear, Trees
from titanic_mlops.learning.training import linear_weights
from titanic_mlops.learning.training.learners import learner_of
from titanic_mlops.learning.training.lesson import Estimator
from titanic_mlops.learning.training.shapley import contributions_of
from titanic_mlops.learning.training.trees import TreeLearner, export_trees


@dataclass(frozen=True, slots=True)
class Exported:
    """The arrays, and the scores (K,) that they start from and have on average."""

    scorer: Trees | Linear
    start: tuple[float, ...]
    baseline: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Seats:
    """How many players there are, and the number of each input's player (n_inputs,)."""

    n_players: int
    player_of_input: NDArray[np.int64]


def export_weights(estimator: Estimator, seats: Seats, average: Floats) -> Exported:
    """Return the arrays of a linear model around the `average` inputs (n_inputs,)."""
    weight, intercept = linear_weights.weights_of(estimator)
    start = tuple((intercept + weight @ average).tolist())
    scorer = Linear(weight, average, seats.player_of_input, len(start), seats.n_players)
    return Exported(scorer, start, start)


def export_ensemble(
    estimator: Estimator, seats: Seats, background: NDArray[np.float32]
) -> Exported:
    """Return the arrays of boosted trees; contributions are against `background` (n, n_inputs)."""
    learner = cast("TreeLearner", learner_of(estimator))
    trees = export_trees(learner.nodes_of(estimator))
    start = learner.start_of(estimator, background)
    found = contributions_of(trees, len(start), seats.player_of_input, background)
    means = found.means.reshape(-1, len(start)).sum(axis=0)
    scorer = Trees(
        feature=trees.feature,
        threshold=trees.threshold,
        value=trees.value,
        tree=found.tree,
        player=found.player,
        contribution=found.value,
        n_scores=len(start),
        n_players=seats.n_players,
    )
    return Exported(scorer, start, tuple((means + start).tolist()))
