"""Who shares a score: columns, declared groups of them, and the members of sets and texts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from titanic_mlops.learning.encoder import Encoder
from titanic_mlops.learning.encodings import MembersEncoding, WordsEncoding
from titanic_mlops.problems.base import Problem

OTHER = "other"
"""The members that training has seen too rarely."""


def players_of_inputs(
    problem: Problem, encoder: Encoder
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the players in the order of features, and the number of each input's (n_inputs,).

    The inputs of a column are one player, and so are those of a group's columns. Each member of a
    set, and each word of a text, is a fact of its own and one player, unless it is in a group.
    """
    names = list(_names(problem, encoder))
    players = tuple(dict.fromkeys(names))
    numbers = {player: number for number, player in enumerate(players)}
    return players, np.array([numbers[name] for name in names], dtype=np.int64)


def member_of(column: str, member: str) -> str:
    """Return the name of the player that a member of a set, or a word of a text, is."""
    return f"{column}: {member}"


def _names(problem: Problem, encoder: Encoder) -> Iterator[str]:
    """Yield the player of each input."""
    grouped = {column: group.name for group in problem.groups for column in group.columns}
    for encoding in encoder.encodings:
        if encoding.column in grouped:
            yield from (grouped[encoding.column] for _ in encoding.names)
        elif isinstance(encoding, MembersEncoding):
            yield from (member_of(encoding.column, one) for one in (*encoding.levels, OTHER))
        elif isinstance(encoding, WordsEncoding):
            yield from (member_of(encoding.column, one) for one in encoding.levels)
        else:
            yield from (encoding.column for _ in encoding.names)
