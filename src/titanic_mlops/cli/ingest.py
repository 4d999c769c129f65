"""`titanic-mlops ingest`: land a file and wait until it is done."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from titanic_mlops.cli.console import plain, working
from titanic_mlops.cli.options import (
    json_option,
    named_platform,
    open_platform,
    problem_option,
)
from titanic_mlops.cli.report import report
from titanic_mlops.errors import FileRejected
from titanic_mlops.ledger import Entry
from titanic_mlops.platforms import Platform
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--query", default="", help="Extract rows by this SELECT instead of reading FILE.")
@click.option("--table", default="", help="Name the extracted file; else the query's table does.")
@click.option(
    "--no-wait",
    is_flag=True,
    help="Only land the file; `up` or the next `ingest` loads it.",
)
@click.option("--force", is_flag=True, help="Load the file even if the same bytes landed before.")
@problem_option
@json_option
def ingest(  # noqa: PLR0913 as many options
    file: Path | None,
    query: str,
    table: str,
    problem: Problem,
    *,
    no_wait: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Land FILE, load its rows, wait for the training.

    With --query the file is what a SELECT gives, in BigQuery's dialect, from the DuckDB file (on
    Google Cloud, from the dataset) that EXTRACT_FROM names.
    """
    if (file is None) == (not query.strip()):
        raise click.UsageError("Name either FILE or --query, one of the two.")
    if table and not query:
        raise click.UsageError("--table names the file of a --query; FILE has a name already.")
    if file is not None:
        refuse_unreadable(file)
    platform = open_platform(problem)
    platform.resume_unfinished()
    if file is None:
        entry, file, size = _land_extracted(query, table, platform, forced=force)
    else:
        entry, size = platform.land(file, forced=force), file.stat().st_size
    if not no_wait:
        with working(f"Ingesting {plain(file.name)}", size) as progress:
            entry = platform.wait_until_final(entry.file_id, progress)
    report(platform, entry, as_json=as_json)


def _land_extracted(
    query: str, table: str, platform: Platform, *, forced: bool
) -> tuple[Entry, Path, int]:
    """Extract rows and land them; return the file's entry, its path, gone by then, and its size."""
    from titanic_mlops.pipeline.extraction import FOLDER, extract  # noqa: PLC0415 loads Arrow
    from titanic_mlops.platforms.extraction_source import open_source  # noqa: PLC0415 as above

    settings = Settings.from_env(os.environ, platform=named_platform())
    source = open_source(settings, platform.problem.name)
    with TemporaryDirectory(prefix="titanic-mlops-") as folder:
        with working("Extracting"):
            path, _ = extract(query, table, source, platform.problem, platform.ports, Path(folder))
        entry = platform.land(path, forced=forced, folder=FOLDER)
        return entry, path, path.stat().st_size


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
