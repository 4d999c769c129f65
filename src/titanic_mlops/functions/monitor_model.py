"""The scheduler's call: resume what a crash left unfinished."""

from __future__ import annotations

import logging

import functions_framework
from flask import Request

from titanic_mlops.functions.delivery import answering, worlds
from titanic_mlops.pipeline.age import days_without_promotion
from titanic_mlops.pipeline.dead_letters import reasons_by_file
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.pipeline.sweep import sweep
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

log = logging.getLogger("titanic_mlops.monitor_model")


@functions_framework.http
def monitor_model(_: Request) -> dict[str, int]:
    """Announce files whose message was lost, publish spooled records, log the champion's age."""
    with answering():
        swept = [_sweep(problem, ports) for problem, ports in worlds()]
    announced, republished = map(sum, zip(*swept, strict=True))
    return {"announced": announced, "republished": republished}


def _sweep(problem: Problem, ports: Ports) -> tuple[int, int]:
    """Return how many files were announced, and how many spooled records were published."""
    republished = republish(problem, ports)  # first: it works without BigQuery
    announced = len(sweep(problem, ports, left_out=reasons_by_file(ports)))
    fields: dict[str, object] = {"event": "sweep", "problem": problem.name}
    days = days_without_promotion(problem, ports)
    if days is not None:
        fields["days_without_promotion"] = days
    log.info(
        "Sweep: %d spooled records published, %d files announced, %s.",
        republished,
        announced,
        "no file yet" if days is None else f"no promotion for {days} days",
        extra={"ids": fields},
    )
    return announced, republished
