"""`titanic-mlops models reproduce`: train a version again and compare the bytes."""

from __future__ import annotations

from dataclasses import asdict

import click

from titanic_mlops.cli.console import console, plain, working
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json, refuse
from titanic_mlops.problems.base import Problem


@click.command()
@click.argument("version", type=int)
@problem_option
@json_option
def reproduce(version: int, problem: Problem, *, as_json: bool) -> None:
    """Train VERSION again from its snapshot: the same bytes, or what differs.

    Nothing is stored. Code, libraries and data are compared with those on the version's card.
    """
    from titanic_mlops.pipeline.reproduce import (  # noqa: PLC0415 loads scikit-learn
        reproduce as trained_again,
    )

    platform = open_platform(problem, reading=True)
    with working(f"Training version {version} again"):
        found = trained_again(version, problem, platform.ports)
    document = {
        "version": found.version,
        "reproduced": found.same,
        "snapshot": found.snapshot,
        "files": found.files,
        "differences": [asdict(difference) for difference in found.differences],
        "sentence": found.sentence,
    }
    if not found.same:
        refuse("Not reproduced", found.sentence, **document)
    if as_json:
        print_json(document)
        return
    console().print(plain(found.sentence))
