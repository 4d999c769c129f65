"""Rows have been loaded: train a challenger on all rows and judge it."""

from __future__ import annotations

import logging

import functions_framework

from titanic_mlops.events import INGESTION_COMPLETE, IngestionComplete
from titanic_mlops.functions.delivery import CloudEvent, deliver
from titanic_mlops.messages import Message
from titanic_mlops.pipeline import train_model as step
from titanic_mlops.pipeline.judge_model import Training
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem

log = logging.getLogger("titanic_mlops.train_model")


@functions_framework.cloud_event
def train_model(event: CloudEvent) -> None:
    """Train after the batch that the event names."""
    deliver(event, INGESTION_COMPLETE, _train)


def _train(message: Message, problem: Problem, ports: Ports) -> None:
    complete = IngestionComplete.from_bytes(message.data)
    training = step.train_model(complete, problem, ports)
    level = logging.WARNING if training.verdict.person_decides else logging.INFO
    sentence = f"{problem.name}: {training.sentence}"
    log.log(level, sentence, extra={"ids": {"event": _event(training, ports)}})


def _event(training: Training, ports: Ports) -> str:
    """Return the field that the alerts read."""
    if ports.pinned:
        return "training_pinned"
    if training.promoted:
        return "model_promoted"
    return "model_undecided" if training.verdict.person_decides else "model_not_promoted"
