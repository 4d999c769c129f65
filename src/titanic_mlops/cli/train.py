"""`titanic-mlops train`: train on what is loaded, without waiting for a file."""

from __future__ import annotations

import click

from titanic_mlops.cli.console import console, working
from titanic_mlops.cli.options import (
    json_option,
    open_platform,
    print_json,
    problem_option,
    refuse,
)
from titanic_mlops.problems.base import Problem


@click.command()
@problem_option
@json_option
def train(problem: Problem, *, as_json: bool) -> None:
    """Train on all loaded rows and let the gate decide."""
    from titanic_mlops.pipeline.train_model import train_model  # noqa: PLC0415 loads scikit-learn

    platform = open_platform(problem)
    platform.heal()
    with working("Training"):
        training = train_model(None, problem, platform.ports)
    document = {
        "version": training.version,
        "promoted": training.promoted,
        "verdict": training.verdict.to_json(),
    }
    if training.version is None:
        refuse("Training refused", training.verdict.sentence, **document)
    if as_json:
        print_json(document)
        return
    console().print(training.sentence)
