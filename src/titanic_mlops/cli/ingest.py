"""`titanic-mlops ingest`: land a file and wait until it is done."""

from __future__ import annotations

from pathlib import Path

import click

from titanic_mlops.cli.console import plain, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.report import report
from titanic_mlops.errors import FileRejected
from titanic_mlops.problems.base import Problem


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
    refuse_unreadable(file)
    platform = open_platform(problem)
    platform.resume_unfinished()
    entry = platform.land(file, forced=force)
    if not no_wait:
        with working(f"Ingesting {plain(file.name)}", file.stat().st_size) as progress:
            entry = platform.wait_until_final(entry.file_id, progress)
    report(platform, entry, as_json=as_json)


def refuse_unreadable(file: Path) -> None:
    """Refuse a path that names no readable file.

    Raises:
        FileRejected: it is not there, is no file, or may not be read.
    """
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
