"""Run the learning benchmark: print the page, and with all splits write it and its picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

import pandas as pd

from benchmarks.learning import gate, quality
from benchmarks.learning.exactness import Exactness, exactness, shapley_difference
from benchmarks.learning.models import fit_ours
from benchmarks.learning.page import Findings, page
from benchmarks.learning.plot import draw
from benchmarks.learning.speed import seconds_per_row
from benchmarks.learning.table import SPLITS, WAYS, read_table, split_tickets

DOCS = Path(__file__).parents[2] / "docs"
SHAPLEY_ROWS = 10


def main() -> None:
    """Run all parts; a run of fewer splits only prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=SPLITS, help="fewer for a quick look")
    splits = parser.parse_args().splits
    begun = perf_counter()
    found = run(read_table(), splits)
    written = page(found)
    print(written)
    if splits == SPLITS:
        (DOCS / "learning.md").write_text(written, encoding="utf-8")
        draw(found.measured, DOCS / "images" / "learning.svg")
    print(f"{perf_counter() - begun:.0f} s")


def run(table: pd.DataFrame, splits: int) -> Findings:
    """Measure everything on the first `splits` splits."""
    measured, exact = {}, Exactness()
    for way, split_of in WAYS.items():
        by_split = []
        for seed in range(splits):
            split = split_of(table, seed)
            ours = fit_ours(split.training)
            by_split.append(quality.figures(split, ours))
            exact |= exactness(split, ours)
            print(f"{way}: split {seed + 1} of {splits}", flush=True)
        measured[way] = quality.collected(by_split)
    first = split_tickets(table, 0)
    ours = fit_ours(first.training)
    speed = seconds_per_row(first, ours)
    for name, seconds in speed.items():
        print(f"one row, {name}: {seconds * 1e6:.1f} µs", flush=True)
    return Findings(
        splits=splits,
        measured=measured,
        exactness=exact,
        shapley=shapley_difference(first, ours, SHAPLEY_ROWS),
        shapley_rows=SHAPLEY_ROWS,
        speed=speed,
        tally=_judged(table, splits),
    )


def _judged(table: pd.DataFrame, splits: int) -> gate.Tally:
    tally = gate.Tally()
    for seed in range(splits):
        tally.add(gate.verdicts(split_tickets(table, seed)))
        print(f"gate: split {seed + 1} of {splits}", flush=True)
    return tally


if __name__ == "__main__":
    main()
