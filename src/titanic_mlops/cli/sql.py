"""`titanic-mlops sql`: a user's own SELECT, on a copy of the tables."""

from __future__ import annotations

import click

from titanic_mlops.cli.formats import print_rows
from titanic_mlops.cli.options import format_option, open_platform, problem_option
from titanic_mlops.pipeline import looking
from titanic_mlops.problems.base import Problem

MOST_ROWS = 1000


@click.command()
@click.argument("select")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=MOST_ROWS,
    show_default=True,
    help="The most rows to show.",
)
@problem_option
@format_option
def sql(select: str, limit: int, problem: Problem, *, form: str) -> None:
    """Run one SELECT on a copy of the tables.

    SELECT is in BigQuery's dialect and may call any function. It changes nothing and reads no
    files. On Google Cloud it runs as a job that bills for 10 GB at most; a larger one is refused.
    """
    found = looking.select(select, problem, open_platform(problem, reading=True).ports, limit=limit)
    print_rows(found.columns, found.rows, form)
    if found.more:
        click.echo(f"Only the first {limit:,} rows are shown; --limit N shows more.", err=True)
