"""`titanic-mlops …`: the command line. Only the module of the command that runs is imported."""

from __future__ import annotations

from textwrap import fill

import click

from titanic_mlops.cli.group import CommandGroup

COMMANDS = {
    "check": "Say what would come of FILE, and store nothing.",
    "data": "Pin the training set's snapshot in a file for git; pull it.",
    "dead": "List, show, replay or discard dead letters.",
    "demo": "Show a file's whole journey on a temporary platform.",
    "derive": "Write the files that follow from the declarations.",
    "erase": "Erase the record KEY from tables, objects and snapshots.",
    "files": "List, show, release, discard, revoke or restore files.",
    "held": "List, release or discard held files.",
    "ingest": "Land FILE, load its rows, wait for the training.",
    "init": "Draft the declaration of a problem from FILE.",
    "migrate": "Bring the rows and the ledger of a former version into today's form.",
    "models": "List, show, reproduce versions; show moves, promote, roll back.",
    "predict": "Answer one request as POST / does, and explain the answer.",
    "sql": "Run one SELECT on a copy of the tables.",
    "status": "Show champion, files, queue, dead letters and disk.",
    "table": "Show rows of one table, page by page.",
    "train": "Train on all loaded rows, or a snapshot; the gate decides.",
    "up": "Run the platform: drop a file, POST a record.",
}
"""Each command's line in `--help`; the module of its name in this folder holds the command."""

EXIT_STATUS = {
    0: "done; also for a duplicate, and for a loaded file whatever the gate decides after it",
    1: "refused, one sentence on standard error says why: a file that is held, quarantined, "
    "ignored or gone; with `check`, one that would be; with `train`, a refused training or a "
    "challenger that is not promoted; anything missing, damaged, busy or unreachable",
    2: "wrong usage",
}
"""What each exit status means; docs/operations.md has the same table."""

_EXIT_LINES = "\n".join(
    fill(f"{status}  {meaning}", 84, initial_indent="  ", subsequent_indent="     ")
    for status, meaning in EXIT_STATUS.items()
)
EPILOG = f"""
\b
TITANIC_MLOPS_HOME names the folder that holds everything (~/.titanic_mlops).
PROBLEM names the problem that commands are about without --problem (titanic).
TITANIC_MLOPS_PROBLEMS names a folder with declarations of your own.
EXTRACT_FROM names the DuckDB file, or the dataset, that `ingest --query` reads.
PINNED_PROBLEMS names the problems that `train` alone trains, from their pinned snapshot.

\b
Exit status:
{_EXIT_LINES}
"""


@click.group(
    cls=CommandGroup,
    package=__name__,
    listed=COMMANDS,
    epilog=EPILOG,
    context_settings={"max_content_width": 88},
)
@click.version_option(package_name="titanic-mlops")
def main() -> None:
    """Drop a CSV; get checked data, an honest model and predictions that say why."""
