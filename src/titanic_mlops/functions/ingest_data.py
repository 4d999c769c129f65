"""A file has landed: its rows are checked and loaded."""

from __future__ import annotations

import logging

import functions_framework

from titanic_mlops.events import LANDING, Message, ObjectFinalized
from titanic_mlops.functions.delivery import CloudEvent, deliver
from titanic_mlops.pipeline import ingest_data as step
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

log = logging.getLogger("titanic_mlops.ingest_data")


@functions_framework.cloud_event
def ingest_data(event: CloudEvent) -> None:
    """Take the file that an event tells of as far as it goes."""
    deliver(event, LANDING, _ingest, log)


def _ingest(message: Message, problem: Problem, ports: Ports) -> str:
    landed = ObjectFinalized.from_attributes(message.attributes)
    return step.ingest_data(landed, problem, ports).sentence
