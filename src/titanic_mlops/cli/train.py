"""`titanic-mlops train`: train on the loaded rows, without a new file."""

from __future__ import annotations

import click

from titanic_mlops.cli.console import console, working
from titanic_mlops.cli.data import read_pin
from titanic_mlops.cli.options import json_option, open_platform, problem_option
from titanic_mlops.cli.output import print_json, refuse
from titanic_mlops.learning.verdict import Verdict
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry


@click.command()
@click.option(
    "--dry-run",
    is_flag=True,
    help="Only say what the gate would decide, for instance of a changed declaration.",
)
@click.option(
    "--snapshot",
    "digest",
    metavar="SHA256",
    default="",
    help="Train from exactly this stored snapshot. For a problem of PINNED_PROBLEMS it is, "
    "without a value here, the one that data/PROBLEM.json pins.",
)
@problem_option
@json_option
def train(problem: Problem, *, dry_run: bool, digest: str, as_json: bool) -> None:
    """Train on all loaded rows, or a snapshot; the gate decides."""
    # At the top, `train --help` would load scikit-learn: 1.4 s of processor time instead of 0.2 s.
    from titanic_mlops.pipeline.train_model import train_model, try_training  # noqa: PLC0415

    platform = open_platform(problem)
    if platform.ports.pinned:
        digest = digest or read_pin(problem).sha256
    if dry_run:
        with working("Training, without a version"):
            verdict = try_training(problem, platform.ports, digest)
        _report_dry_run(verdict, as_json=as_json)
        return
    platform.resume_unfinished()
    with working("Training"):
        training = train_model(None, problem, platform.ports, digest)
    document = {
        "version": training.version,
        "promoted": training.promoted,
        "verdict": training.verdict.to_json(),
    }
    if training.version is None:
        refuse("Training refused", training.verdict.sentence, **document)
    champion = Registry(platform.ports.storage, problem.name).champion()
    if training.version != champion.version:  # with the same rows, the champion is trained again
        refuse("Not promoted", training.sentence, **document)
    if as_json:
        print_json(document)
        return
    console().print(training.sentence)


def _report_dry_run(verdict: Verdict, *, as_json: bool) -> None:
    document = {"version": None, "promoted": False, "verdict": verdict.to_json()}
    if not verdict.promoted:
        refuse("It would not be promoted", verdict.sentence, **document)
    if as_json:
        print_json(document)
        return
    console().print(f"{verdict.sentence} This was a dry run: nothing has changed.")
