"""Export a fitted boosted ensemble as the arrays of the served artefact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model import COMPARISONS, OUTCOMES

DEPTH = 3
NODES = 2**DEPTH - 1
"""Inner nodes of a full tree; the children of node i are 2i + 1 (left) and 2i + 2 (right)."""


@dataclass(frozen=True, slots=True)
class TreeArrays:
    """T trees: comparisons (T, 8), and the value under each of the 128 outcomes (T, 128)."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    value: NDArray[np.float64]


def export_trees(trees: list[Any], learning_rate: float) -> TreeArrays:
    """Flatten scikit-learn trees, each of depth 3 or less.

    A leaf above the last level becomes comparisons that are always false, with its value in all
    leaves below.
    """
    exported = [_export(tree, learning_rate) for tree in trees]
    feature, threshold, leaves = (np.stack(part) for part in zip(*exported, strict=True))
    return TreeArrays(feature, threshold, leaves.take(_leaf_of_outcome(), axis=1))


def _export(
    tree: Any,  # noqa: ANN401 scikit-learn does not type its Cython trees
    learning_rate: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    feature = np.zeros(COMPARISONS, dtype=np.int64)
    threshold = np.full(COMPARISONS, -np.inf)
    leaves = np.zeros(2**DEPTH)
    places = [(0, 0)]  # (node of the full tree, node of scikit-learn's)
    for place, node in places:
        is_leaf = tree.children_left[node] == -1
        if place >= NODES:
            leaves[place - NODES] = learning_rate * tree.value[node, 0, 0]
            continue
        if not is_leaf:
            feature[place], threshold[place] = tree.feature[node], tree.threshold[node]
        left = node if is_leaf else tree.children_left[node]
        right = node if is_leaf else tree.children_right[node]
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
