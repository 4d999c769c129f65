"""`titanic-mlops …`: how a person asks. Modules that take long to load load on use."""

from __future__ import annotations

import click

from titanic_mlops.cli.dead import dead
from titanic_mlops.cli.demo import demo
from titanic_mlops.cli.derive import derive
from titanic_mlops.cli.held import held
from titanic_mlops.cli.ingest import ingest
from titanic_mlops.cli.models import models
from titanic_mlops.cli.options import RefusingGroup
from titanic_mlops.cli.predict import predict
from titanic_mlops.cli.train import train
from titanic_mlops.cli.up import up

EPILOG = """
\b
TITANIC_MLOPS_HOME names the folder that holds everything (~/.titanic_mlops).
Exit status: 0 done, 1 refused (one sentence says why), 2 wrong usage.
"""


@click.group(cls=RefusingGroup, epilog=EPILOG, context_settings={"max_content_width": 88})
@click.version_option(package_name="titanic-mlops")
def main() -> None:
    """Drop a CSV; get checked data, an honest model and predictions that say why."""


for command in (demo, up, ingest, train, predict, models, held, dead, derive):
    main.add_command(command)
