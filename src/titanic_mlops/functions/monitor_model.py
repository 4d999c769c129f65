"""The clock has struck: what a crash left unfinished is taken up."""

from __future__ import annotations

import logging

import functions_framework
from flask import Request

from titanic_mlops.functions.delivery import answering, world
from titanic_mlops.pipeline.dead_letters import given_up
from titanic_mlops.pipeline.spool import republish
from titanic_mlops.pipeline.sweep import sweep

log = logging.getLogger("titanic_mlops.monitor_model")


@functions_framework.http
def monitor_model(_: Request) -> dict[str, int]:
    """Announce files whose message got lost, and bring records from the spool to their topic."""
    with answering():
        problem, ports = world()
        republished = republish(problem, ports)  # first: it needs no table
        announced = len(sweep(problem, ports, given_up=given_up(ports)))
        log.info("Swept: %d records republished, %d files announced.", republished, announced)
    return {"announced": announced, "republished": republished}
