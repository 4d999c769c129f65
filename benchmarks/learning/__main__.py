"""Run the learning benchmark: print the page, and with all splits write it and its picture."""

from __future__ import annotations

import argparse
from functools import partial, reduce
from operator import or_
from pathlib import Path
from time import perf_counter

import pandas as pd

from benchmarks.learning import gate, quality, ratchet
from benchmarks.learning.attacks import AttackTally, Outcome, attacked
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
from benchmarks.learning.splits import on_each_split
from benchmarks.learning.table import SPLITS, WAYS, read_table, split_tickets
from titanic_mlops.learning.verdict import Verdict

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
    for way in WAYS:
        found = on_each_split(way, partial(_measured, table, way), splits)
        measured[way] = quality.collected([figures for figures, _ in found])
        exact = reduce(or_, [one for _, one in found], exact)
    first = split_tickets(table, 0)
    ours = fit_ours(first.training)
    speed = seconds_per_row(first, ours)
    for name, seconds in speed.items():
        print(f"one row, {name}: {seconds * 1e6:.1f} µs", flush=True)
    tally = gate.Tally()
    for verdicts in on_each_split("gate", partial(_judged, table), splits):
        tally.add(verdicts)
    return Findings(
        splits=splits,
        measured=measured,
        exactness=exact,
        shapley=shapley_difference(first, ours, SHAPLEY_ROWS),
        shapley_rows=SHAPLEY_ROWS,
        speed=speed,
        tally=tally,
        tried=_tried(table, splits),
    )


def _measured(
    table: pd.DataFrame, way: str, seed: int
) -> tuple[dict[tuple[str, str, str], float], Exactness]:
    split = WAYS[way](table, seed)
    ours = fit_ours(split.training)
    return quality.figures(split, ours), exactness(split, ours)


def _judged(table: pd.DataFrame, seed: int) -> dict[str, Verdict]:
    return gate.verdicts(split_tickets(table, seed))


def _tried(table: pd.DataFrame, splits: int) -> GateFindings:
    attacks: dict[str, AttackTally] = {}
    for outcomes in on_each_split("attacks", partial(_attacked, table), splits):
        for name, outcome in outcomes:
            attacks.setdefault(name, AttackTally()).add(outcome)
    honest = on_each_split("honest files", partial(_honest, table), splits)
    rounds = min(splits, ratchet.SPLITS)
    return GateFindings(
        splits,
        attacks,
        [refresh for found, _ in honest for refresh in found],
        on_each_split("adversary", partial(ratchet.loss_after_rounds, table), rounds),
        [why for _, found in honest for why in found],
    )


def _attacked(table: pd.DataFrame, seed: int) -> list[tuple[str, Outcome]]:
    return list(attacked(table, seed))


def _honest(table: pd.DataFrame, seed: int) -> tuple[list[Refresh], list[str]]:
    return list(refreshes(table, seed)), list(honest_files(table, seed))


if __name__ == "__main__":
    main()
