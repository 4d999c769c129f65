"""Trees of depth 3 or less as arrays: a record is compared, and looked up in tables.

A tree is seven comparisons, one bit each: an index into a table of 128 values. For every player
that it reads, a second table of the same index holds the player's exact Shapley value, averaged
over background rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

COMPARISONS = 8
"""Comparisons stored per tree, so that a tree packs into one byte; the eighth is always false."""
OUTCOMES = 128
_ARRAYS = ("feature", "threshold", "value", "tree", "player", "contribution")


@dataclass(frozen=True, slots=True)
class _FlatArrays:
    """The arrays as serving reads them: flat, with the place of each table's first value."""

    feature: Integers
    threshold: Floats
    value: Floats
    value_offset: Integers
    contribution: Floats
    contribution_offset: Integers
    present: Integers
    first: Integers


@dataclass(frozen=True)
class Trees:
    """Score inputs by a sum of trees, for one score or for one per class.

    Shapes, for T trees that together read E players: `feature` and `threshold` (T, 8), `value`
    (T, 128); entry e says that the tree `tree[e]` reads the player `player[e]`, whose Shapley
    values are `contribution[e]`: (E,), (E,) and (E, 128). The tree t belongs to the score
    t % `n_scores`. Entries are sorted by score and player, so that serving sums up slices.

    Stored by entries, 600 trees with 190 players take 3 MB; a dense table would take 117 MB.
    """

    feature: Integers
    threshold: Floats
    value: Floats
    tree: Integers
    player: Integers
    contribution: Floats
    n_scores: int
    n_players: int

    weights = ("value", "contribution")
    """The arrays that a fit must leave finite."""

    @cached_property
    def _flat(self) -> _FlatArrays:
        present, first = np.unique(self.slots, return_index=True)
        return _FlatArrays(
            feature=self.feature.ravel(),
            threshold=self.threshold.ravel(),
            value=self.value.ravel(),
            value_offset=np.arange(len(self.value)) * OUTCOMES,
            contribution=self.contribution.ravel(),
            contribution_offset=np.arange(len(self.contribution)) * OUTCOMES,
            present=present,
            first=first,
        )

    @property
    def slots(self) -> Integers:
        """Return the place of each entry's share in (n_scores, n_players), shape (E,)."""
        return self.tree % self.n_scores * self.n_players + self.player

    def score(self, inputs: NDArray[np.float32]) -> Floats:
        """Return the sums of the trees for one record's inputs (n_inputs,), shape (n_scores,)."""
        values = self._flat.value.take(self._outcomes(inputs) + self._flat.value_offset)
        sums: Floats = values.reshape(-1, self.n_scores).sum(axis=0)
        return sums

    def scores(self, inputs: NDArray[np.float32]) -> Floats:
        """Return the sums for many records' inputs (n, n_inputs), shape (n, n_scores)."""
        flat = self._flat
        compared = inputs.take(flat.feature, axis=1) <= flat.threshold
        outcomes = np.packbits(compared, axis=1, bitorder="little") + flat.value_offset
        values = flat.value.take(outcomes).reshape(len(inputs), -1, self.n_scores)
        sums: Floats = values.sum(axis=1)
        return sums

    def shares(self, inputs: NDArray[np.float32]) -> Floats:
        """Return each player's contribution for one record, shape (n_scores, n_players).

        They are exact Shapley values against the background rows (Lundberg and Lee, 2017, the
        interventional form).
        """
        flat = self._flat
        places = self._outcomes(inputs).take(self.tree) + flat.contribution_offset
        sums = np.zeros(self.n_scores * self.n_players)
        if len(flat.first):
            sums[flat.present] = np.add.reduceat(flat.contribution.take(places), flat.first)
        return sums.reshape(self.n_scores, self.n_players)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by name, as they are stored."""
        return {name: getattr(self, name) for name in _ARRAYS}

    def fits(self, n_inputs: int) -> bool:
        """Return whether shapes and types match, and no index is out of range."""
        trees, entries = len(self.feature), len(self.contribution)
        return (
            self.feature.shape == self.threshold.shape == (trees, COMPARISONS)
            and self.value.shape == (trees, OUTCOMES)
            and self.contribution.shape == (entries, OUTCOMES)
            and self.tree.shape == self.player.shape == (entries,)
            and self.feature.dtype == self.tree.dtype == self.player.dtype == np.int64
            and self.threshold.dtype == self.value.dtype == self.contribution.dtype == np.float64
            and trees > 0
            and trees % self.n_scores == 0
            and bool(np.isneginf(self.threshold[:, -1]).all())
            and _within(self.feature, n_inputs)
            and _within(self.tree, trees)
            and _within(self.player, self.n_players)
            and bool((np.diff(self.slots) >= 0).all())
        )

    def _outcomes(self, inputs: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return every tree's outcome, shape (T,)."""
        flat = self._flat
        # float64 inputs compare faster with float64 thresholds, and equally
        compared = inputs.astype(np.float64).take(flat.feature) <= flat.threshold
        return np.packbits(compared, bitorder="little")


def _within(indices: Integers, end: int) -> bool:
    return not len(indices) or bool(indices.min() >= 0 and indices.max() < end)
