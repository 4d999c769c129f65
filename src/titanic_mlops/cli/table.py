"""`titanic-mlops table`: rows of one table or view, page by page."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from titanic_mlops.cli.formats import print_rows
from titanic_mlops.cli.options import format_option, open_platform, problem_option
from titanic_mlops.pipeline import looking
from titanic_mlops.problems import load_problem
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import DEFAULT_PROBLEM
from titanic_mlops.tables.problem import tables_of
from titanic_mlops.tables.select import Page

PAGE = 50
MOST_ROWS = 10**15
"""No table has more; the sum of two stays an INT64."""


def _complete(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem | str]:
    problem = ctx.params.get("problem") or load_problem(DEFAULT_PROBLEM)
    return [one.name for one in tables_of(problem) if one.name.startswith(incomplete)]


def _conditions(
    _ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    conditions = {}
    for text in texts:
        column, equals, value = text.partition("=")
        if not equals or not column.strip():
            raise click.BadParameter(f"{text!r} is not of the form COLUMN=VALUE.")
        if column.strip() in conditions:
            raise click.BadParameter(
                f"{column.strip()} is compared twice; use `titanic-mlops sql`."
            )
        conditions[column.strip()] = value.strip()
    return conditions


def _names(_ctx: click.Context, _param: click.Parameter, text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


@click.command()
@click.argument("name", shell_complete=_complete)
@click.option(
    "--where",
    multiple=True,
    callback=_conditions,
    metavar="COLUMN=VALUE",
    help="Only rows with this value; COLUMN= for a missing one. May be given several times.",
)
@click.option("--columns", default="", callback=_names, help="Only these columns: A,B,C.")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_ROWS),
    default=PAGE,
    show_default=True,
    help="Rows of a page.",
)
@click.option(
    "--offset",
    type=click.IntRange(0, MOST_ROWS),
    default=0,
    show_default=True,
    help="Rows to pass over.",
)
@problem_option
@format_option
def table(name: str, problem: Problem, *, form: str, **page: Any) -> None:  # noqa: ANN401 the options of a page
    """Show rows of one table, page by page.

    NAME is a table or a view; a wrong one is answered by all names. Rows come sorted, the oldest
    first. Nothing is changed.
    """
    wanted = Page(**page)
    found = looking.look_at(name, wanted, problem, open_platform(problem, reading=True).ports)
    print_rows(found.columns, found.rows, form)
    if found.more:
        first, end = wanted.offset + 1, wanted.offset + wanted.limit
        click.echo(f"Rows {first:,} to {end:,}; --offset {end} shows the next.", err=True)
