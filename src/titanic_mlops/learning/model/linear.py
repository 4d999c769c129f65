"""Linear weights on the encoder's inputs: every score is a sum of exact contributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.model.trees import Floats, Integers

_ARRAYS = ("weight", "mean", "player")


@dataclass(frozen=True)
class Linear:
    """Score inputs x by weight · (x - mean): the Shapley values of the players add up to it.

    Shapes: `weight` (n_scores, n_inputs); `mean` of the training rows and the number of the
    `player` of each input (n_inputs,).
    """

    weight: Floats
    mean: Floats
    player: Integers
    n_scores: int
    n_players: int

    weights = ("weight", "mean")
    """The arrays that a fit must leave finite."""

    def score(self, inputs: NDArray[np.float32]) -> Floats:
        """Return the sums for one record's inputs (n_inputs,), shape (n_scores,)."""
        sums: Floats = self.weight @ (inputs - self.mean)
        return sums

    def scores(self, inputs: NDArray[np.float32]) -> Floats:
        """Return the sums for many records' inputs (n, n_inputs), shape (n, n_scores)."""
        sums: Floats = (inputs - self.mean) @ self.weight.T
        return sums

    def shares(self, inputs: NDArray[np.float32]) -> Floats:
        """Return each player's contribution for one record, shape (n_scores, n_players)."""
        parts = self.weight * (inputs - self.mean)
        return np.stack([np.bincount(self.player, p, minlength=self.n_players) for p in parts])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by name, as they are stored."""
        return {name: getattr(self, name) for name in _ARRAYS}

    def fits(self, n_inputs: int) -> bool:
        """Return whether shapes and types match, and no index is out of range."""
        return (
            self.weight.shape == (self.n_scores, n_inputs)
            and self.mean.shape == self.player.shape == (n_inputs,)
            and self.weight.dtype == self.mean.dtype == np.float64
            and self.player.dtype == np.int64
            and n_inputs > 0
            and bool(self.player.min() >= 0 and self.player.max() < self.n_players)
        )
