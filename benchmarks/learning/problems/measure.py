"""Run every contest on the same splits, two at a time; the same seeds give the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.learning.problems import authors, diamonds, peers, salary
from benchmarks.learning.problems.contest import (
    ACCURACY,
    AUC,
    LOG_LOSS,
    LOG_RMSE,
    MAE,
    Contest,
    Figures,
    figures_on,
    steps_of,
    trees_by_default,
)
from benchmarks.learning.problems.division import Table, read_table
from benchmarks.learning.splits import PROCESSES
from titanic_mlops.learning.model import Floats
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Members, Numeric, Problem, Words
from titanic_mlops.problems.base.features import Feature

Name = TypeVar("Name")

AUTHORS, CONSTANT, DEFAULT = "its authors' model", "the best constant", "always 150 trees"
LIGHTGBM, CATBOOST = salary.LIGHTGBM, salary.CATBOOST
PEERS = {LIGHTGBM: peers.lightgbm_forecast, CATBOOST: peers.catboost_forecast}
RANKS = (AUC, LOG_LOSS, ACCURACY)

FILMS, FILMS_SILENT, FILMS_TIMELESS = (
    "movies",
    "movies, genres and year",
    "movies, genres and title",
)
CONTESTS: dict[str, Contest] = {
    "diamonds": Contest(
        {
            AUTHORS: authors.linear_on_log_price,
            CONSTANT: authors.best_constant,
            **PEERS,
        },
        (LOG_RMSE, MAE),
        diamonds.special,
    ),
    **dict.fromkeys(
        (FILMS, FILMS_SILENT, FILMS_TIMELESS),
        Contest(
            {AUTHORS: authors.words_and_logistic, CONSTANT: authors.best_constant, **PEERS}, RANKS
        ),
    ),
    "titanic": Contest(
        {
            AUTHORS: authors.course_forest,
            CONSTANT: authors.best_constant,
            DEFAULT: trees_by_default,
            **PEERS,
        },
        RANKS,
        steps_of,
    ),
}
FEATURES: dict[str, tuple[Feature, ...]] = {
    FILMS_SILENT: (Members("genres"), Numeric("year")),
    FILMS_TIMELESS: (Members("genres"), Words("title")),
}
"""The inputs of a contest, where they are not the declared ones."""


@dataclass(frozen=True)
class Met:
    """What came of one contest: figures (n_splits,) by model and metric, and the special ones."""

    table: str
    figures: Mapping[tuple[str, str], Floats]
    special: Mapping[str, Floats]


@dataclass(frozen=True)
class ProblemFindings:
    """The results for all problems."""

    splits: int
    met: Mapping[str, Met]
    salary: salary.SalaryFindings


def measure_problems(folder: Path, splits: int) -> ProblemFindings:
    """Meet every contest on the first `splits` splits of its table."""
    tasks = [(name, seed) for name in CONTESTS for seed in range(splits)]
    found: dict[str, list[tuple[Figures, Mapping[str, float]]]] = {}
    with ProcessPoolExecutor(PROCESSES) as pool:
        waiting = {task: pool.submit(_figures, folder, *task) for task in tasks}
        few = pool.submit(_salary, folder, salary.DRAWS if splits > 1 else 100)
        for (name, seed), each in waiting.items():
            found.setdefault(name, []).append(each.result())
            print(f"{name}: split {seed + 1} of {splits}", flush=True)
        thirty = few.result()
    met = {
        name: Met(
            _table(folder, name).words,
            _collected([figures for figures, _ in results]),
            _collected([special for _, special in results]),
        )
        for name, results in found.items()
    }
    return ProblemFindings(splits, met, thirty)


def problem_of(contest: str) -> Problem:
    """Return the problem of a contest, with the inputs that it allows."""
    problem = load_problem(contest.partition(",")[0])
    features = FEATURES.get(contest)
    return replace(problem, features=features) if features else problem


def _figures(folder: Path, name: str, seed: int) -> tuple[Figures, Mapping[str, float]]:
    return figures_on(_table(folder, name).divided(seed), CONTESTS[name])


def _salary(folder: Path, draws: int) -> salary.SalaryFindings:
    return salary.measure(read_table(load_problem("salary"), folder), draws)


@cache
def _table(folder: Path, name: str) -> Table:
    return read_table(problem_of(name), folder)


def _collected(by_split: list[Mapping[Name, float]]) -> dict[Name, Floats]:
    return {name: np.array([one[name] for one in by_split]) for name in by_split[0]}
