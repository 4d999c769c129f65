"""Exact Shapley values of every player, for every outcome of every tree that reads it.

A player is a column, or a group of columns. The game of a tree for a row x: a coalition of
players takes its comparisons from x, the
others from a background row; its worth is the tree's mean value over the background
(interventional Shapley values, Lundberg and Lee 2017). A tree reads only its seven
comparisons of a row, so 128 outcomes cover every possible row.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model import OUTCOMES
from titanic_mlops.learning.training.trees import NODES, TreeArrays


@dataclass(frozen=True, slots=True)
class Contributions:
    """E pairs of a tree and a player that it reads: (E,), (E,), and the values (E, 128).

    `means` (T,) are the mean values of the trees over the background rows.
    """

    tree: NDArray[np.int64]
    player: NDArray[np.int64]
    value: NDArray[np.float64]
    means: NDArray[np.float64]


def contributions_of(
    trees: TreeArrays,
    n_scores: int,
    player_of_input: NDArray[np.int64],
    background: NDArray[np.float32],
) -> Contributions:
    """Return the contributions of every player to every tree, sorted by score and player.

    The tree t belongs to the score t % `n_scores`. `player_of_input` (n_inputs,) numbers the
    player of each input; `background` has shape (n_rows, n_inputs).
    """
    found: list[tuple[int, int, int, NDArray[np.float64]]] = []
    means = np.zeros(len(trees.value))
    for t in range(len(trees.value)):
        used = np.isfinite(trees.threshold[t, :NODES])
        owner = np.where(used, player_of_input[trees.feature[t, :NODES]], -1)
        share = _outcome_shares(trees, t, background)
        players = np.unique(owner[used])
        worth = _coalition_worths(trees.value[t], owner, players, share)
        found += [
            (t % n_scores, int(player), t, _shapley(worth, position, len(players)))
            for position, player in enumerate(players)
        ]
        means[t] = worth[0, 0]  # the empty coalition has one worth for all outcomes
    found.sort(key=lambda entry: entry[:3])
    return Contributions(
        tree=np.array([tree for _, _, tree, _ in found], dtype=np.int64),
        player=np.array([player for _, player, _, _ in found], dtype=np.int64),
        value=np.array([value for *_, value in found]).reshape(-1, OUTCOMES),
        means=means,
    )


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
