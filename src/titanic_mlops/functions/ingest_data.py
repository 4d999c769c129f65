"""A file has landed: check its rows and load them."""

from __future__ import annotations

import logging

import functions_framework

from titanic_mlops.events import LANDING, ObjectFinalized
from titanic_mlops.functions.delivery import CloudEvent, deliver
from titanic_mlops.messages import Message
from titanic_mlops.pipeline import ingest_data as step
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

NOT_LOADED = ("held", "quarantined", "gone", "ignored")

log = logging.getLogger("titanic_mlops.ingest_data")


@functions_framework.cloud_event
def ingest_data(event: CloudEvent) -> None:
    """Ingest the file that the event names."""
    deliver(event, LANDING, _ingest)


def _ingest(message: Message, problem: Problem, ports: Ports) -> None:
    landed = ObjectFinalized.from_attributes(message.attributes)
    entry = step.ingest_data(landed, problem, ports)
    level = logging.WARNING if entry.state in NOT_LOADED else logging.INFO
    log.log(level, entry.sentence, extra={"ids": {"event": f"file_{entry.state}"}})
    if entry.state == "held":
        log.warning("`titanic-mlops held list` shows it; release or discard it.")
