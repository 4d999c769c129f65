"""The figures of every split as one picture, the same bytes for the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from benchmarks.learning.quality import COURSE, METRICS, OURS, REDUCED, REFERENCE, WHOLE, Measured

LINES = (
    (OURS, WHOLE, "ours", "#0b6e4f"),
    (OURS, REDUCED, "ours, without\nthe optional columns", "#0b6e4f"),
    (REFERENCE, WHOLE, "150 trees,\nstep 0.1", "#666666"),
    (COURSE, WHOLE, "the course's\npipeline", "#b4432e"),
)
"""Model, rows, label and colour of each line, from the top."""
STYLE: dict[Any, Any] = {"svg.hashsalt": "learning", "font.family": "DejaVu Sans", "font.size": 9.0}
BETTER = {"AUC": "higher is better", "accuracy": "higher is better", "log-loss": "lower is better"}


def draw(measured: Mapping[str, Measured], target: Path) -> None:
    """Draw one dot per split and one bar for the mean; one row per way of splitting."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 4.8), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(len(measured), len(METRICS), sharex="col", sharey=True)
        for row, (way, found) in enumerate(measured.items()):
            for column, metric in enumerate(METRICS):
                _panel(axes[row, column], found, metric)
            axes[row, 0].set_ylabel(f"{way}\nheld out")
        for column, metric in enumerate(METRICS):
            axes[0, column].set_title(f"{metric} ({BETTER[metric]})", fontsize=9)
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, format="svg", metadata={"Date": None})


def _panel(axes: Any, found: Measured, metric: str) -> None:  # noqa: ANN401 matplotlib is untyped
    for place, (model, rows, _, colour) in enumerate(LINES):
        values = found[model, rows, metric]
        axes.plot(values, [place] * len(values), ".", color=colour, alpha=0.3, markeredgewidth=0)
        axes.plot(values.mean(), place, "|", color=colour, markersize=18, markeredgewidth=2.5)
    axes.set_yticks(range(len(LINES)), [words for _, _, words, _ in LINES])
    axes.set_ylim(len(LINES) - 0.5, -0.5)
    axes.grid(axis="x", linewidth=0.4, color="#cccccc")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
