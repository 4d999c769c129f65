"""The figures of every problem as one picture, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from benchmarks.learning.plot import STYLE
from benchmarks.learning.problems import diamonds
from benchmarks.learning.problems.bars import COVERAGE_OF_A_CLASS, size_classes
from benchmarks.learning.problems.contest import AUC, LOG_LOSS, LOG_RMSE, MAE, OURS
from benchmarks.learning.problems.measure import (
    AUTHORS,
    CATBOOST,
    FILMS,
    LIGHTGBM,
    ProblemFindings,
)
from benchmarks.learning.problems.salary import MEDIAN
from titanic_mlops.learning.model import Floats

GREEN, GREY, RED = "#0b6e4f", "#666666", "#b4432e"
COLOURS = {OURS: GREEN, LIGHTGBM: GREY, CATBOOST: GREY, AUTHORS: RED}
PANELS = (("diamonds", (LOG_RMSE, MAE)), (FILMS, (AUC, LOG_LOSS)), ("titanic", (AUC, LOG_LOSS)))


def draw_problems(found: ProblemFindings, target: Path) -> None:
    """Draw one dot per split and one bar for the mean: a row per problem, one for intervals."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 8.2), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(len(PANELS) + 1, 2)
        for row, (name, metrics) in enumerate(PANELS):
            for column, metric in enumerate(metrics):
                values = {model: found.met[name].figures[model, metric] for model in COLOURS}
                _dots(axes[row, column], values, COLOURS)
                better = "higher" if metric == AUC else "lower"
                axes[row, column].set_title(f"{name}: {metric} ({better} is better)", fontsize=9)
        _coverage(axes[-1, 0], found)
        _salaries(axes[-1, 1], found)
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, format="svg", metadata={"Date": None})


def _coverage(axes: Any, found: ProblemFindings) -> None:  # noqa: ANN401 matplotlib is untyped
    met = found.met["diamonds"]
    names = (diamonds.COVERED, *size_classes(met))
    _dots(axes, {name: met.special[name] for name in names}, dict.fromkeys(names, GREEN))
    axes.axvspan(*COVERAGE_OF_A_CLASS, color=GREEN, alpha=0.08, linewidth=0)
    axes.set_title("diamonds: share of prices that the 90 % interval holds", fontsize=9)


def _salaries(axes: Any, found: ProblemFindings) -> None:  # noqa: ANN401 as above
    errors = {name: error for name, error in found.salary.errors.items() if name != MEDIAN}
    places = range(len(errors))
    colours = [GREEN if name == OURS else GREY for name in errors]
    axes.barh(places, list(errors.values()), color=colours, height=0.5)
    _lines(axes, list(errors))
    axes.set_title("salary: leave-one-out MAE (lower is better)", fontsize=9)


def _dots(axes: Any, values: Mapping[str, Floats], colours: Mapping[str, str]) -> None:  # noqa: ANN401 as above
    for place, (name, each) in enumerate(values.items()):
        dots = {"color": colours[name], "alpha": 0.3, "markeredgewidth": 0}
        axes.plot(each, [place] * len(each), ".", **dots)
        axes.plot(each.mean(), place, "|", color=colours[name], markersize=18, markeredgewidth=2.5)
    _lines(axes, list(values))


def _lines(axes: Any, names: list[str]) -> None:  # noqa: ANN401 as above
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", linewidth=0.4, color="#cccccc")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
