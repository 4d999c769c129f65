"""`titanic-mlops data`: the pin that ties a commit to a snapshot, and back."""

from __future__ import annotations

import os
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from titanic_mlops.cli.console import console, plain, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json
from titanic_mlops.errors import NotFound
from titanic_mlops.platforms.snapshot_source import fetch
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import storage_service

if TYPE_CHECKING:
    from titanic_mlops.pipeline.pins import Pin


@click.group()
def data() -> None:
    """Pin the training set's snapshot in a file for git; pull it."""


@data.command()
@problem_option
@json_option
def pin(problem: Problem, *, as_json: bool) -> None:
    """Write data/PROBLEM.json: sha256, rows and address of the training set's snapshot.

    The snapshot is stored if it is not yet. The same rows give the same file: commit it.
    """
    from titanic_mlops.pipeline.pins import pin_current, pin_file  # noqa: PLC0415 loads pandas

    with working("Taking the snapshot"):
        made = pin_current(problem, open_platform(problem).ports)
    file = Path(pin_file(problem))
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(made.to_bytes())
    if as_json:
        print_json({"file": str(file), **asdict(made)})
        return
    console().print(
        f"{plain(file)} pins the snapshot {made.sha256} of {made.rows:,} rows; commit the file."
    )


@data.command(name="pull")
@problem_option
@json_option
def pull_pinned(problem: Problem, *, as_json: bool) -> None:
    """Bring the snapshot that data/PROBLEM.json names into the store, checked."""
    from titanic_mlops.pipeline.pins import pull  # noqa: PLC0415 loads Arrow

    pinned = read_pin(problem)
    platform = open_platform(problem)
    with working("Pulling the snapshot"):
        stored = pull(
            pinned, problem, platform.ports, partial(fetch, pinned.uri, storage_service())
        )
    if as_json:
        print_json({**asdict(pinned), "pulled": stored})
        return
    how = "is stored now" if stored else "was stored already"
    console().print(f"The pinned snapshot {pinned.sha256} of {pinned.rows:,} rows {how}.")


def read_pin(problem: Problem) -> Pin:
    """Return the pin in the working directory.

    Raises:
        NotFound: there is none.
        Rejected: it is not readable, or another problem's.
    """
    from titanic_mlops.pipeline.pins import Pin, pin_file  # noqa: PLC0415 as above

    file = Path(pin_file(problem))
    try:
        return Pin.from_bytes(file.read_bytes(), str(file), problem)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            f"There is no {file} in {os.getcwd()}; `titanic-mlops data pin` writes it."  # noqa: PTH109 a test may have changed it
        ) from None
