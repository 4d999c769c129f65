"""Who shares a score: columns, or the declared groups that are explained as one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.problems.base import Problem


def players_of(problem: Problem) -> dict[str, str]:
    """Return the player of each feature column: its group, or the column itself."""
    grouped = {column: group.name for group in problem.groups for column in group.columns}
    return {column: grouped.get(column, column) for column in problem.feature_columns}


def players_of_inputs(
    problem: Problem, encoder: Encoder
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the players in the order of features, and the number of each input's (n_inputs,)."""
    player_of = players_of(problem)
    players = tuple(dict.fromkeys(player_of.values()))
    numbers = [players.index(player_of[column]) for column in encoder.input_columns]
    return players, np.array(numbers, dtype=np.int64)
