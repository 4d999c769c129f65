"""`titanic-mlops demo`: the running platform, told step by step over real files and HTTP."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from titanic_mlops.cli.console import console
from titanic_mlops.cli.demo.files import DATASET
from titanic_mlops.errors import UnknownName

NEXT = """\
[bold]Where to go next[/]
  titanic-mlops up                            the same platform on your own home, with a page
  titanic-mlops ingest dataset/titanic.csv    a file into it, from the command line
  titanic-mlops models show 1                 the card of a version, every check of the gate
  titanic-mlops --help                        all commands
  docs/architecture.md, docs/http.md          how it is built, and how to ask it"""


@click.command()
def demo() -> None:
    """Tell the whole story on a running platform in a temporary home."""
    from titanic_mlops.cli.demo.chapters import tell  # noqa: PLC0415 loads DuckDB
    from titanic_mlops.cli.demo.story import up  # noqa: PLC0415 as above

    if not DATASET.is_file():
        raise UnknownName("dataset/titanic.csv is not there; run the demo in a clone.")
    started = time.perf_counter()
    console().print("[bold]From a CSV to an explained prediction[/], in a temporary home.")
    with TemporaryDirectory() as folder, up(Path(folder)) as story:
        tell(story)
    console().print(f"\nAll of it took {time.perf_counter() - started:.1f} s.\n\n{NEXT}")
