"""`titanic-mlops check`: what would come of a file, without landing it."""

from __future__ import annotations

from pathlib import Path

import click

from titanic_mlops.cli.console import console, plain, print_cropped, working
from titanic_mlops.cli.ingest import refuse_unreadable
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json, refuse
from titanic_mlops.cli.report import REFUSED_STATES, SHOWN_ROWS
from titanic_mlops.pipeline.preview import Preview, preview
from titanic_mlops.problems.base import Problem


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@problem_option
@json_option
def check(file: Path, problem: Problem, *, as_json: bool) -> None:
    """Say what would come of FILE, and store nothing."""
    refuse_unreadable(file)
    ports = open_platform(problem, reading=True).ports
    with working(f"Checking {plain(file.name)}", file.stat().st_size) as progress:
        found = preview(file, problem, ports, progress)
    document = _document(file, found)
    if not as_json:
        _print_rows(file, found)
    if found.state in REFUSED_STATES:
        refuse(f"File would be {found.state}", found.reason, **document)
    if as_json:
        print_json(document)
    elif found.state == "duplicate":
        console().print(f"It would be a duplicate, 0 rows loaded. {plain(found.reason)}")


def _document(file: Path, found: Preview) -> dict[str, object]:
    checked = found.checked
    return {
        "file": file.name,
        "state": found.state,
        "reason": found.reason,
        "accepted": checked.accepted if checked else 0,
        "rejected": checked.rejected if checked else 0,
        "labelled": checked.labelled if checked else 0,
        "reasons": checked.reasons if checked else {},
        "warnings": list(found.warnings),
        "first_rejected": [
            {
                "row_number": row.row_number,
                "faults": [{"field": f.field, "rule": f.rule, "fault": str(f)} for f in row.faults],
            }
            for row in (checked.examples if checked else ())
        ],
    }


def _print_rows(file: Path, found: Preview) -> None:
    if not (checked := found.checked):
        return
    screen = console()
    screen.print(
        f"{plain(file.name)}: [green]{checked.accepted:,} rows would be accepted[/], "
        f"{checked.rejected:,} rejected; {checked.labelled:,} are labelled. Nothing is stored."
    )
    for warning in found.warnings:
        screen.print(f"[yellow]Warning:[/] {plain(warning)}")
    shown = checked.examples[:SHOWN_ROWS]
    for row in shown:
        print_cropped(f"  row {row.row_number:<6} ", "; ".join(map(str, row.faults)))
    if checked.rejected > len(shown):
        screen.print(f"  {checked.rejected - len(shown):,} more")
