"""`titanic-mlops migrate`: bring the data of a former version into today's form."""

from __future__ import annotations

import click

from titanic_mlops.cli.console import console, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.pipeline import migrate as step
from titanic_mlops.pipeline.migrate_ledger import move_entries
from titanic_mlops.problems.base import Problem


@click.command()
@problem_option
@json_option
def migrate(problem: Problem, *, as_json: bool) -> None:
    """Bring the rows and the ledger of a former version into today's form.

    On a laptop this happens whenever a home is opened.
    """
    ports = open_platform(problem).ports
    with working("Migrating the data of former versions"):
        entries = move_entries(problem, ports.storage)
        count = step.migrate(problem, ports)
    if as_json:
        print_json({"migrated": count, "entries": entries})
        return
    if entries:
        console().print(f"{entries:,} ledger entries are in the problem's own folder now.")
    if count:
        console().print(f"{count:,} merged rows are kept file by file now.")
    if not entries and not count:
        console().print("Nothing of a former version is left.")
