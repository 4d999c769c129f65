"""Exact Shapley values of every column, for every outcome of every tree, as one table.

The game of a tree for a row x: a coalition of columns takes its comparisons from x, the
others from a background row; its worth is the tree's mean value over the background
(interventional Shapley values, Lundberg and Lee 2017). A tree reads only its seven
comparisons of a row, so 128 outcomes cover every possible row.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model import OUTCOMES
from titanic_mlops.learning.training.trees import NODES, TreeArrays


def contribution_table(
    trees: TreeArrays, column_of_input: NDArray[np.int64], background: NDArray[np.float32]
) -> tuple[NDArray[np.float64], float]:
    """Return the contributions (T, 128, P) and the background's mean sum of tree values.

    `column_of_input` (n_inputs,) numbers the column of each input; `background` has
    shape (n_rows, n_inputs).
    """
    n_columns = int(column_of_input.max()) + 1
    table = np.zeros((len(trees.value), OUTCOMES, n_columns))
    baseline = 0.0
    for t in range(len(trees.value)):
        used = np.isfinite(trees.threshold[t, :NODES])
        owner = np.where(used, column_of_input[trees.feature[t, :NODES]], -1)
        share = _outcome_shares(trees, t, background)
        players = np.unique(owner[used])
        worth = _coalition_worths(trees.value[t], owner, players, share)
        for position, player in enumerate(players):
            table[t, :, player] = _shapley(worth, position, len(players))
        baseline += float(worth[0, 0])  # the empty coalition has one worth for all outcomes
    return table, baseline


def _outcome_shares(
    trees: TreeArrays, t: int, background: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the share of background rows with each outcome of tree `t`, shape (128,)."""
    compared = background[:, trees.feature[t]] <= trees.threshold[t]
    outcomes = np.packbits(compared, axis=1, bitorder="little").ravel()
    shares: NDArray[np.float64] = np.bincount(outcomes, minlength=OUTCOMES) / len(background)
    return shares


def _coalition_worths(
    value: NDArray[np.float64],
    owner: NDArray[np.int64],
    players: NDArray[np.int64],
    share: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the worth of every coalition for every outcome, shape (2**players, 128)."""
    bits = 1 << np.arange(NODES)
    mask_of = [int(bits[owner == player].sum()) for player in players]
    outcomes = np.arange(OUTCOMES)[:, None]
    seen = np.flatnonzero(share)
    worth = np.empty((2 ** len(players), OUTCOMES))
    for coalition in range(len(worth)):
        mask = sum(m for i, m in enumerate(mask_of) if coalition >> i & 1)
        worth[coalition] = value[(outcomes & mask) | (seen & ~mask)] @ share[seen]
    return worth


def _shapley(worth: NDArray[np.float64], player: int, n_players: int) -> NDArray[np.float64]:
    """Return one player's value for every outcome, shape (128,) (Shapley 1953)."""
    total = np.zeros(worth.shape[1])
    for coalition in range(len(worth)):
        if coalition >> player & 1:
            continue
        size = coalition.bit_count()
        weight = factorial(size) * factorial(n_players - size - 1) / factorial(n_players)
        total += weight * (worth[coalition | 1 << player] - worth[coalition])
    return total
