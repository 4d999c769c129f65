"""`titanic-mlops erase`: everything that is stored about one record is removed."""

from __future__ import annotations

from dataclasses import asdict
from getpass import getuser

import click

from titanic_mlops.cli.console import console, plain, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option, why_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.pipeline import erase as step
from titanic_mlops.problems.base import Problem

SHA256_SHOWN = 12


@click.command()
@click.argument("key")
@why_option()
@problem_option
@json_option
def erase(key: str, why: str, problem: Problem, *, as_json: bool) -> None:
    """Erase the record KEY from tables, objects and snapshots.

    Later files bring none back. Landed files are not changed: those that hold it are listed.
    """
    platform = open_platform(problem)
    with working("Erasing"):
        platform.collect_messages()
        erasure = step.erase(key, problem, platform.ports, why=why, by=getuser())
        kept = platform.forget_deleted()
    if as_json:
        landed = [
            asdict(one) | {"expires": one.expires.isoformat() if one.expires else None}
            for one in erasure.landed
        ]
        print_json({**asdict(erasure), "landed": landed, "kept": kept})
        return
    _print(erasure, kept)


def _print(erasure: step.Erasure, kept: tuple[str, ...]) -> None:
    screen = console()
    screen.print(
        f"The record is erased: {erasure.accepted:,} accepted, {erasure.rejected:,} rejected and "
        f"{erasure.staged:,} staged rows, {erasure.predictions:,} predictions, "
        f"{erasure.dead_letters:,} dead letters. No later file brings it back."
    )
    for old, new in erasure.snapshots.items():
        screen.print(f"Snapshot {old[:SHA256_SHOWN]} is replaced by {new[:SHA256_SHOWN]}.")
    for file in erasure.landed:
        until = f"expires on {file.expires}" if file.expires else "is kept until you delete it"
        what = "still holds it" if file.readable else "cannot be read as a table and may hold it"
        screen.print(f"[yellow]{plain(file.file)}[/] {what}; it {until}.")
    for sentence in (*erasure.damaged, *kept):
        screen.print(f"[yellow]{plain(sentence)}[/]")
