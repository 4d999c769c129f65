"""Export fitted trees, of either of scikit-learn's ensembles, as the arrays of the artefact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model import COMPARISONS, OUTCOMES

DEPTH = 3
NODES = 2**DEPTH - 1
"""Inner nodes of a full tree; the children of node i are 2i + 1 (left) and 2i + 2 (right)."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of one fitted tree, the root first; a leaf has the left child -1."""

    left: NDArray[Any]
    right: NDArray[Any]
    feature: NDArray[Any]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]


class TreeLearner(Protocol):
    """What a way of fitting trees adds to the verbs of a learner."""

    def nodes_of(self, estimator: Any) -> Sequence[Nodes]:  # noqa: ANN401 scikit-learn is untyped
        """Return the trees: all classes of the first step, then of the second."""

    def start_of(self, estimator: Any, inputs: np.ndarray) -> tuple[float, ...]:  # noqa: ANN401
        """Return the scores (K,) from which the ensemble starts; they are equal for all rows."""


@dataclass(frozen=True, slots=True)
class TreeArrays:
    """T trees: comparisons (T, 8), and the value under each of the 128 outcomes (T, 128)."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]


def export_trees(trees: Sequence[Nodes]) -> TreeArrays:
    """Flatten fitted trees, each of depth 3 or less.

    A leaf above the last level becomes comparisons that are always false, with its value in all
    leaves below.
    """
    exported = [_export(tree) for tree in trees]
    feature, threshold, leaves = (np.stack(part) for part in zip(*exported, strict=True))
    return TreeArrays(feature, threshold, leaves.take(_leaf_of_outcome(), axis=1))


def _export(
    tree: Nodes,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    feature = np.zeros(COMPARISONS, dtype=np.int64)
    threshold = np.full(COMPARISONS, -np.inf)
    leaves = np.zeros(2**DEPTH)
    places = [(0, 0)]  # (node of the full tree, node of the fitted one)
    for place, node in places:
        is_leaf = tree.left[node] == -1
        if place >= NODES:
            leaves[place - NODES] = tree.value[node]
            continue
        if not is_leaf:
            feature[place], threshold[place] = tree.feature[node], tree.threshold[node]
        left = node if is_leaf else tree.left[node]
        right = node if is_leaf else tree.right[node]
        places += [(2 * place + 1, left), (2 * place + 2, right)]
    return feature, threshold, leaves


def _leaf_of_outcome() -> NDArray[np.int64]:
    """Return which leaf each combination of comparisons leads to, shape (128,)."""
    outcomes = np.arange(OUTCOMES)
    place = np.zeros(OUTCOMES, dtype=np.int64)
    for _ in range(DEPTH):
        goes_left = (outcomes >> place) & 1
        place = 2 * place + 2 - goes_left
    leaf: NDArray[np.int64] = place - NODES
    return leaf
