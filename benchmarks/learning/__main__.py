"""Run the learning benchmark: print the page, and with all splits write it and its picture."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

import pandas as pd

from benchmarks.learning import gate, quality, ratchet
from benchmarks.learning.attacks import AttackTally, attacked
from benchmarks.learning.exactness import Exactness, exactness, shapley_difference
from benchmarks.learning.gate_page import GateFindings, gate_section
from benchmarks.learning.markdown import markdown_table
from benchmarks.learning.models import fit_ours
from benchmarks.learning.page import Findings, page
from benchmarks.learning.plot import draw
from benchmarks.learning.problems import division
from benchmarks.learning.problems.measure import measure_problems
from benchmarks.learning.problems.plot import draw_problems
from benchmarks.learning.problems.section import TITLE, section
from benchmarks.learning.refreshes import Refresh, honest_files, refreshes
from benchmarks.learning.speed import seconds_per_row
from benchmarks.learning.table import SPLITS, WAYS, read_table, split_tickets

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "learning.md"
PARTS = ("titanic", "problems")
SHAPLEY_ROWS = 10


def main() -> None:
    """Run all parts, or one; a run of fewer splits only prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=SPLITS, help="fewer for a quick look")
    parser.add_argument("--gate", action="store_true", help="print only what tries the gate")
    parser.add_argument("--part", choices=PARTS, help="run and write one part of the page only")
    parser.add_argument(
        "--tables", type=Path, default=division.BESIDE, help="where other samples may lie"
    )
    asked = parser.parse_args()
    splits, begun = asked.splits, perf_counter()
    if asked.gate:
        print(gate_section(_tried(read_table(), splits), markdown_table))
        return
    parts = dict(zip(PARTS, _written(), strict=True))
    if asked.part in (None, PARTS[0]):
        found = run(read_table(), splits)
        parts[PARTS[0]] = page(found)
        if splits == SPLITS:
            draw(found.measured, DOCS / "images" / "learning.svg")
    if asked.part in (None, PARTS[1]):
        each = measure_problems(asked.tables, min(splits, division.SPLITS))
        parts[PARTS[1]] = section(each)
        if splits == SPLITS:
            draw_problems(each, DOCS / "images" / "learning-problems.svg")
    print("\n".join(parts[part] for part in ([asked.part] if asked.part else PARTS)))
    if splits == SPLITS:
        PAGE.write_text("\n".join(parts.values()), encoding="utf-8")
    print(f"{perf_counter() - begun:.0f} s")


def _written() -> tuple[str, str]:
    """Return the two parts of the page as they stand."""
    titanic, title, problems = PAGE.read_text(encoding="utf-8").partition(f"\n{TITLE}\n")
    return titanic, f"{TITLE}\n{problems}" if title else ""


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
        tried=_tried(table, splits),
    )


def _judged(table: pd.DataFrame, splits: int) -> gate.Tally:
    tally = gate.Tally()
    for seed in range(splits):
        tally.add(gate.verdicts(split_tickets(table, seed)))
        print(f"gate: split {seed + 1} of {splits}", flush=True)
    return tally


def _tried(table: pd.DataFrame, splits: int) -> GateFindings:
    return GateFindings(
        splits,
        _attacked(table, splits),
        _refreshed(table, splits),
        _ratcheted(table, splits),
        [why for seed in range(splits) for why in honest_files(table, seed)],
    )


def _attacked(table: pd.DataFrame, splits: int) -> dict[str, AttackTally]:
    found: dict[str, AttackTally] = {}
    for seed in range(splits):
        for name, outcome in attacked(table, seed):
            found.setdefault(name, AttackTally()).add(outcome)
        print(f"attacks: split {seed + 1} of {splits}", flush=True)
    return found


def _refreshed(table: pd.DataFrame, splits: int) -> list[Refresh]:
    found: list[Refresh] = []
    for seed in range(splits):
        found += refreshes(table, seed)
        print(f"honest files: split {seed + 1} of {splits}", flush=True)
    return found


def _ratcheted(table: pd.DataFrame, splits: int) -> list[float]:
    losses = []
    for seed in range(min(splits, ratchet.SPLITS)):
        losses.append(ratchet.loss_after_rounds(table, seed))
        print(f"adversary: split {seed + 1}, {losses[-1]:+.3f}", flush=True)
    return losses


if __name__ == "__main__":
    main()
