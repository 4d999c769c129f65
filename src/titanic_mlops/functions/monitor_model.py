"""The scheduler's call: resume what a crash left unfinished."""

from __future__ import annotations

import logging

import functions_framework
from flask import Request

from titanic_mlops.functions.delivery import answering, world
from titanic_mlops.pipeline.dead_letters import reasons_by_file
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.pipeline.sweep import sweep

log = logging.getLogger("titanic_mlops.monitor_model")


@functions_framework.http
def monitor_model(_: Request) -> dict[str, int]:
    """Announce files whose message was lost, and publish spooled records."""
    with answering():
        problem, ports = world()
        republished = republish(problem, ports)  # first: it works without BigQuery
        announced = len(sweep(problem, ports, left_out=reasons_by_file(ports)))
        log.info("Sweep: %d spooled records published, %d files announced.", republished, announced)
    return {"announced": announced, "republished": republished}
