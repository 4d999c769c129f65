"""`titanic-mlops ingest`: land a file and wait until it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from titanic_mlops.cli.console import plain, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.report import report
from titanic_mlops.errors import FileRejected, Unavailable
from titanic_mlops.ledger import FINAL, Entry, Ledger
from titanic_mlops.platforms.choice import Platform
from titanic_mlops.problems.base import Problem

POLL_SECONDS = 0.05


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--no-wait",
    is_flag=True,
    help="Only land the file; `up` or the next `ingest` loads it.",
)
@click.option("--force", is_flag=True, help="Load the file even if the same bytes landed before.")
@problem_option
@json_option
def ingest(file: Path, problem: Problem, *, no_wait: bool, force: bool, as_json: bool) -> None:
    """Land FILE, load its rows, wait for the training."""
    _refuse_unreadable(file)
    platform = open_platform(problem)
    platform.heal()
    entry = land(platform, file, forced=force)
    if not no_wait:
        with working(f"Ingesting {plain(file.name)}", file.stat().st_size) as progress:
            entry = see_through(platform, entry.file_id, progress)
    report(platform, entry, as_json=as_json)


def land(platform: Platform, file: Path, *, forced: bool = False) -> Entry:
    """Put a file into the landing bucket, enter it in the ledger and announce it."""
    event = platform.land(file)
    ledger = Ledger(platform.ports.storage, platform.problem.name)
    entry = ledger.begin(event, forced=forced)
    platform.announce_landing(event)
    return entry


def see_through(
    platform: Platform, file_id: str, progress: Callable[[int], None] | None = None
) -> Entry:
    """Work off messages until the file has come to its end; others may work beside.

    Raises:
        Unavailable: its message was given up, or got lost.
    """
    ledger = Ledger(platform.ports.storage, platform.problem.name)
    while (entry := ledger.get(file_id)).state not in FINAL:
        if platform.handle_next(progress=progress):
            continue
        if reason := platform.given_up().get(file_id):
            raise Unavailable(
                f"{entry.file} is {entry.state} and was given up: {reason.rstrip('.')}. Mend the "
                "cause; `titanic-mlops dead list` shows what can be tried again."
            )
        if not platform.is_busy() and ledger.get(file_id) == entry:
            raise Unavailable(
                f"{entry.file} is {entry.state} and no message asks for more; the next "
                "`titanic-mlops ingest` of any file takes it up."
            )
        time.sleep(POLL_SECONDS)
    if entry.state == "duplicate":
        see_through(platform, entry.duplicate_of, progress)
    return entry


def _refuse_unreadable(file: Path) -> None:
    wrong = ""
    if not file.exists():
        wrong = f"There is no file {file}; name a CSV file."
    elif not file.is_file():
        wrong = f"{file} is not a file; name a CSV file."
    else:
        try:
            file.open("rb").close()
        except OSError as error:
            wrong = f"{file} cannot be read: {error.strerror}."
    if wrong:
        raise FileRejected(wrong, state="gone", rule="unreadable")
