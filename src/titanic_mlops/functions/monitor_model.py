"""The scheduler's call: resume what a crash left unfinished."""

from __future__ import annotations

import logging

import functions_framework
from flask import Request

from titanic_mlops.functions.delivery import answering, world
from titanic_mlops.pipeline.age import days_without_promotion
from titanic_mlops.pipeline.dead_letters import reasons_by_file
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.pipeline.sweep import sweep

log = logging.getLogger("titanic_mlops.monitor_model")


@functions_framework.http
def monitor_model(_: Request) -> dict[str, int]:
    """Announce files whose message was lost, publish spooled records, log the champion's age."""
    with answering():
        problem, ports = world()
        republished = republish(problem, ports)  # first: it works without BigQuery
        announced = len(sweep(problem, ports, left_out=reasons_by_file(ports)))
        fields: dict[str, object] = {"event": "sweep"}
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
    return {"announced": announced, "republished": republished}
