"""`titanic-mlops demo`: a running platform shown step by step, over real files and HTTP."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from titanic_mlops.cli.console import console
from titanic_mlops.cli.demo.chapters import tell
from titanic_mlops.cli.demo.files import DATASET
from titanic_mlops.cli.demo.story import up
from titanic_mlops.errors import NotFound

NEXT = """\
[bold]Where to go next[/]
  titanic-mlops up                            the same platform on your own home, with a page
  titanic-mlops ingest dataset/titanic.csv    load a file from the command line
  titanic-mlops models show 1                 the card of a version, every check of the gate
  titanic-mlops --help                        all commands
  docs/architecture.md, docs/http.md          how it is built, and its HTTP interface"""


@click.command()
def demo() -> None:
    """Show a file's whole journey on a temporary platform."""
    if not DATASET.is_file():
        raise NotFound(
            "This installation has no dataset/titanic.csv; run `make demo` in a clone of the "
            "repository, which holds it."
        )
    started = time.perf_counter()
    console().print("[bold]From a CSV to an explained prediction[/], in a temporary home.")
    with TemporaryDirectory() as folder, up(Path(folder)) as story:
        tell(story)
    console().print(f"\nAll of it took {time.perf_counter() - started:.1f} s.\n\n{NEXT}")
