"""What the learners must reach on these tables, and whether they did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.learning.problems import diamonds
from benchmarks.learning.problems.contest import AUC, LOG_LOSS, LOG_RMSE, MAE, OURS
from benchmarks.learning.problems.measure import (
    FILMS,
    FILMS_TIMELESS,
    LIGHTGBM,
    Met,
    ProblemFindings,
)

LARGEST_LOG_RMSE, LARGEST_RATIO = 0.101, 1.01
COVERAGE, COVERAGE_OF_A_CLASS = (0.88, 0.92), (0.84, 0.96)
LARGEST_MB, LARGEST_MICROSECONDS = 7, 50
OF_FILMS = {FILMS: (0.748, 0.558), FILMS_TIMELESS: (0.727, 0.576)}
"""The least AUC and the largest log-loss."""
LARGEST_SALARY_ERROR, SALARY_COVERAGE = 5000, (0.87, 0.93)


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure, its limits, and whether it is within."""

    what: str
    found: str
    limit: str
    reached: bool

    @property
    def cells(self) -> list[str]:
        """Return the bar as cells of a table."""
        return [self.what, self.found, self.limit, "yes" if self.reached else "**no**"]


def bars(found: ProblemFindings) -> list[Bar]:
    """Return every bar."""
    return [*_of_diamonds(found.met["diamonds"]), *_of_films(found), *_of_salary(found)]


def size_classes(met: Met) -> list[str]:
    """Return the classes of diamonds that have an interval of their own."""
    return [name for name in met.special if name.startswith("carat ")]


def _of_diamonds(met: Met) -> Iterator[Bar]:
    yield _at_most("diamonds: log-RMSE", met.figures[OURS, LOG_RMSE].mean(), LARGEST_LOG_RMSE, 4)
    ratio = met.figures[OURS, MAE].mean() / met.figures[LIGHTGBM, MAE].mean()
    yield _at_most("diamonds: MAE, as a share of LightGBM's", ratio, LARGEST_RATIO, 3)
    overall = met.special[diamonds.COVERED].mean()
    yield _within("diamonds: coverage of the interval", overall, COVERAGE)
    each = np.concatenate([met.special[name] for name in size_classes(met)])
    low, high = COVERAGE_OF_A_CLASS
    outside = int(((each < low) | (each > high)).sum())
    yield Bar(
        "diamonds: coverage in every class of size of every split",
        f"{each.min():.3f} to {each.max():.3f}; {outside} of {len(each)} outside",
        f"{low} to {high}",
        outside == 0,
    )
    lowest = met.special[diamonds.LOWEST].min()
    yield Bar("diamonds: lowest answer or end of an interval", f"{lowest:.0f}", "0", lowest >= 0)
    yield _at_most(
        "diamonds: largest artefact, MB", met.special[diamonds.MEGABYTES].max(), LARGEST_MB, 1
    )
    slowest = float(np.median(met.special[diamonds.MICROSECONDS]))
    yield _at_most("diamonds: score with reasons, µs", slowest, LARGEST_MICROSECONDS, 0)


def _of_films(found: ProblemFindings) -> Iterator[Bar]:
    for name, (least, largest) in OF_FILMS.items():
        figures = found.met[name].figures
        auc = figures[OURS, AUC].mean()
        yield Bar(f"{name}: AUC", f"{auc:.3f}", f"≥ {least}", bool(auc >= least))
        yield _at_most(f"{name}: log-loss", figures[OURS, LOG_LOSS].mean(), largest, 3)


def _of_salary(found: ProblemFindings) -> Iterator[Bar]:
    error = found.salary.errors[OURS]
    yield _at_most("salary: leave-one-out MAE", error, LARGEST_SALARY_ERROR, 0)
    what = f"salary: coverage over {found.salary.draws:,} simulated tables"
    yield _within(what, found.salary.coverage, SALARY_COVERAGE)


def _at_most(what: str, found: float, limit: float, digits: int) -> Bar:
    return Bar(what, f"{found:,.{digits}f}", f"≤ {limit:,}", bool(found <= limit))


def _within(what: str, found: float, limits: tuple[float, float]) -> Bar:
    low, high = limits
    return Bar(what, f"{found:.3f}", f"{low} to {high}", bool(low <= found <= high))
