"""The steps that a command runs on the queue's messages, in its own process."""

from __future__ import annotations

from collections.abc import Mapping

from titanic_mlops.events import INGESTION_COMPLETE, LANDING, IngestionComplete, ObjectFinalized
from titanic_mlops.messages import Message
from titanic_mlops.pipeline import ingest_data, train_model
from titanic_mlops.platforms import Progress
from titanic_mlops.platforms.local.delivery import Handler
from titanic_mlops.ports import Ports
from titanic_mlops.problems.base import Problem


def steps_of(problem: Problem, ports: Ports, progress: Progress | None) -> Mapping[str, Handler]:
    """Return the step of each topic."""

    def ingest(message: Message) -> None:
        event = ObjectFinalized.from_attributes(message.attributes)
        ingest_data.ingest_data(event, problem, ports, progress=progress)

    def train(message: Message) -> None:
        train_model.train_model(IngestionComplete.from_bytes(message.data), problem, ports)

    return {LANDING: ingest, INGESTION_COMPLETE: train}
