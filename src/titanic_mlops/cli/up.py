"""`titanic-mlops up`: the platform runs, a server and a worker under one command."""

from __future__ import annotations

import os
from dataclasses import replace

import click

from titanic_mlops.cli.options import named_platform, served_option
from titanic_mlops.logs import configure_logging
from titanic_mlops.platforms.local.parent import run_platform
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.problems import served_problems
from titanic_mlops.settings import GCP, LOCAL, Settings

DEFAULT_PORT = 8080
LOCAL_ONLY = "`up` runs the local platform only; docs/deploy.md deploys to Google Cloud."


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@served_option
def up(port: int, only: tuple[str, ...]) -> None:
    """Run the platform: drop a file, POST a record.

    Every declared problem has a path and a landing folder of its name. The first line on
    standard output names the address once requests can be answered; the log goes to
    standard error. Ctrl-C or SIGTERM ends it after the work in progress; a second one ends
    it at once.
    """
    if named_platform() == GCP:
        raise click.UsageError(LOCAL_ONLY)
    configure_logging("up")
    settings = replace(Settings.from_env(os.environ, platform=LOCAL), only=only)

    def ready(address: str) -> None:
        click.echo(f"Listening on {address}")
        for name in served_problems(settings.only):
            click.echo(f"Drop CSV files into {settings.home / LANDING_BUCKET / name}")

    run_platform(settings, port, ready=ready)
