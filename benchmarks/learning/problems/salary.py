"""Thirty rows: every row is predicted by a model that was fitted without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from benchmarks.learning.problems.contest import OURS
from benchmarks.learning.problems.division import Division, Forecast, Table, constant
from benchmarks.learning.problems.peers import catboost_forecast, lightgbm_forecast
from titanic_mlops.learning.model import Floats, Model
from titanic_mlops.learning.training import train
from titanic_mlops.rules.split import TEST, TRAIN, VALIDATION

LEAST_SQUARES = "ordinary least squares"
MEDIAN, LIGHTGBM, CATBOOST = "the median", "LightGBM, tuned", "CatBoost, tuned"
DRAWS, ASKED = 1000, 20
VALIDATION_SHARE = 5
"""Of the rows that are not left out, one in so many stops the boosted trees."""


@dataclass(frozen=True)
class SalaryFindings:
    """Leave-one-out errors by model, the line, and how often its interval holds."""

    errors: dict[str, float]
    slope: float
    intercept: float
    coverage: float
    draws: int


def measure(table: Table, draws: int = DRAWS) -> SalaryFindings:
    """Leave out each row once; simulate `draws` tables of as many rows."""
    divisions = [_without(table, number) for number in range(len(table.rows))]
    models: dict[str, Forecast] = {
        OURS: _ours,
        LEAST_SQUARES: _least_squares,
        MEDIAN: lambda one: constant(
            float(np.median(_columns(one.rows, TEST, other=True)[1])), one.labels
        ),
        LIGHTGBM: lightgbm_forecast,
        CATBOOST: catboost_forecast,
    }
    errors = {
        name: float(np.mean([np.abs(one.labels - model(one)).mean() for one in divisions]))
        for name, model in models.items()
    }
    model = train(table.problem, table.rows.assign(split=TRAIN))
    intercept = model.score(_record(table, 0.0))
    slope = model.score(_record(table, 1.0)) - intercept
    return SalaryFindings(errors, slope, intercept, _coverage(table, draws), draws)


def _without(table: Table, number: int) -> Division:
    """Return the division whose holdout is one row."""
    splits = [
        VALIDATION if (place - number) % VALIDATION_SHARE == 1 else TRAIN
        for place in range(len(table.rows))
    ]
    splits[number] = TEST
    return Division(number, table.problem, table.rows.assign(split=splits))


def _ours(division: Division) -> Floats:
    kept = division.rows[division.rows["split"] != TEST].assign(split=TRAIN)
    return train(division.problem, kept).outputs(division.holdout)


def _least_squares(division: Division) -> Floats:
    fitted = LinearRegression().fit(*_columns(division.rows, TEST, other=True))
    return np.asarray(fitted.predict(_columns(division.rows, TEST)[0]))


def _columns(rows: pd.DataFrame, split: str, *, other: bool = False) -> tuple[Floats, Floats]:
    """Return years (n, 1) and salaries (n,) of the rows in a split, or in the other ones."""
    chosen = rows[(rows["split"] == split) != other]
    return chosen[["YearsExperience"]].to_numpy(float), chosen["Salary"].to_numpy(float)


def _coverage(table: Table, draws: int) -> float:
    """Return the share of new rows that intervals hold, over simulated tables.

    Years are drawn from the table, salaries from its line with normal errors of its spread.
    """
    years, salaries = _columns(table.rows.assign(split=TRAIN), TRAIN)
    line = LinearRegression().fit(years, salaries)
    n = len(salaries)
    spread = float(np.sqrt(((salaries - line.predict(years)) ** 2).sum() / (n - 2)))
    rng = np.random.default_rng(0)
    held = []
    for _ in range(draws):
        drawn = rng.choice(years[:, 0], size=n + ASKED)
        truth = line.predict(drawn[:, None]) + rng.normal(0, spread, n + ASKED)
        ids = [str(number) for number in range(n)]
        rows = pd.DataFrame(
            {"YearsExperience": drawn[:n], "Salary": truth[:n], "record_id": ids, "split": TRAIN}
        )
        model = train(table.problem, rows)
        held += [_holds(model, table, *pair) for pair in zip(drawn[n:], truth[n:], strict=True)]
    return float(np.mean(held))


def _holds(model: Model, table: Table, years: float, salary: float) -> bool:
    record = _record(table, float(years))
    band = model.band(record, model.score(record))
    return band is not None and band.low <= salary <= band.high


def _record(table: Table, years: float) -> dict[str, float]:
    return {table.problem.features[0].column: years}
