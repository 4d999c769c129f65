"""How often the gate promotes an honest refresh, by the size of the champion's holdout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from benchmarks.learning.attacks import CHECKS, Outcome, Platform, known_rows
from titanic_mlops.errors import TrainingRefused
from titanic_mlops.rules.split import TEST

CHAMPION_ROWS = (250, 400, 600)
GROWTH = 1.15
FILE_ROWS = (20, 60, 150, 400)
FILES_PER_SIZE = 20
ALL = "all rows"
SOME = "15 % more rows"


@dataclass(frozen=True, slots=True)
class Refresh:
    """An honest file after a champion of `rows` rows, and what came of it."""

    rows: int
    holdout: int
    file: str
    outcome: Outcome


def refreshes(table: pd.DataFrame, seed: int) -> Iterator[Refresh]:
    """Yield what came of honest files on one split, for champions of several sizes."""
    honest = known_rows(table, seed)
    for rows in CHAMPION_ROWS:
        try:
            started = Platform.start(table, seed, most=rows)
        except TrainingRefused:
            continue  # these rows give no champion
        held_out = int((started.rows["split"] == TEST).sum())
        more = known_rows(table, seed, most=round(GROWTH * rows))
        for name, file in ((SOME, more), (ALL, honest)):
            yield Refresh(rows, held_out, name, replace(started).receive(file))


def honest_files(table: pd.DataFrame, seed: int) -> Iterator[str]:
    """Yield why each of many honest files is held, "" if it is not, on one split.

    A file has known rows and new ones, as they are in the table.
    """
    platform = Platform.start(table, seed)
    for size in FILE_ROWS:
        for number in range(FILES_PER_SIZE):
            file = table.sample(size, random_state=1000 * seed + number)
            yield next(filter(None, (check(platform, file) for check in CHECKS)), "")


def summary(found: Sequence[Refresh]) -> list[list[str]]:
    """Return a line for each size and file: rows, mean holdout, share promoted, mean gain."""
    lines = []
    for rows in CHAMPION_ROWS:
        for name in (SOME, ALL):
            some = [one for one in found if (one.rows, one.file) == (rows, name)]
            promoted = [one.outcome for one in some if one.outcome.state == "promoted"]
            holdout = sum(one.holdout for one in some) / max(len(some), 1)
            gain = -sum(one.loss for one in promoted) / max(len(promoted), 1)
            share = f"{len(promoted)}/{len(some)}"
            lines.append([str(rows), f"{holdout:.0f}", name, share, f"{gain:+.3f}"])
    return lines
