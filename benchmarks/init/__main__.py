"""Run the benchmark of `init`: print the page, and with all tables write it."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.init.journey import Journey, travel
from benchmarks.init.page import page
from benchmarks.init.tables import Table, tables

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Run every table, or those that are named; a run of some only prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these tables")
    asked = parser.parse_args()
    chosen = [table for table in tables() if not asked.names or table.name in asked.names]
    journeys = []
    for table in chosen:
        journeys.append(_travel(table))
        last = journeys[-1]
        print(f"{table.name}: {last.said or last.version['verdict']}", flush=True)
        if not asked.names:
            (DOCS / "init.md").write_text(page(journeys), encoding="utf-8")
    if asked.names:
        print(page(journeys))


def _travel(table: Table) -> Journey:
    with TemporaryDirectory() as folder:
        journey = travel(table, Path(folder))
        header = (Path(folder) / f"{table.name}.csv").read_text(encoding="utf-8").partition("\n")[0]
    journey.columns = max(header.count(delimiter) for delimiter in ",;\t|") + 1
    return journey


main()
