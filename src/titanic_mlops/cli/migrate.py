"""`titanic-mlops migrate`: bring the rows of a former version into today's form."""

from __future__ import annotations

import click

from titanic_mlops.cli.console import console, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.pipeline import migrate as step
from titanic_mlops.problems.base import Problem


@click.command()
@problem_option
@json_option
def migrate(problem: Problem, *, as_json: bool) -> None:
    """Keep rows that a former version had merged file by file.

    On a laptop this happens whenever a home is opened.
    """
    ports = open_platform(problem).ports
    with working("Migrating the rows of former versions"):
        count = step.migrate(problem, ports)
    if as_json:
        print_json({"migrated": count})
    elif count:
        console().print(f"{count:,} merged rows are kept file by file now.")
    else:
        console().print("No rows of a former version are left.")
