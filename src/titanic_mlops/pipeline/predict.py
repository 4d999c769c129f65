"""The champion answers a request, and the record of the answer is made durable."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from uuid import uuid4

from titanic_mlops import prediction
from titanic_mlops.errors import PortError, StoreDamaged, Unavailable
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.pipeline.spool import spool
from titanic_mlops.ports import ServingPorts
from titanic_mlops.prediction import Prediction
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry

PAUSES = (0.1, 0.3)
"""Seconds before each retry of publishing a record."""

log = logging.getLogger(__name__)


def predict(request: object, problem: Problem, ports: ServingPorts) -> Prediction:
    """Answer one decoded request; its record is durable before the answer returns.

    Raises:
        RequestInvalid: the request is invalid; every faulty field is named.
        NoChampion: no version has been promoted yet.
        ModelDamaged: the champion's files are not the registered ones.
        Unavailable: the record could not be made durable.
    """
    version, model = Registry(ports.storage, problem.name).champion_model()
    answered = prediction.predict(
        problem,
        request,
        model=model,
        version=version,
        uuid=str(uuid4()),
        now=ports.clock.now(),
    )
    keep([answered.stored()], problem, ports)
    return answered


def keep(records: Sequence[bytes], problem: Problem, ports: ServingPorts) -> bool:
    """Publish records, or spool them when publishing fails; return whether they were spooled.

    Raises:
        StoreDamaged: what carries the topic was removed or damaged.
        Unavailable: neither the topic nor the spool could be written.
    """
    for pause in (*PAUSES, None):
        try:
            ports.bus.publish_all(PREDICTIONS, records, {"problem": problem.name})
        except StoreDamaged:  # a spool would hide it, and could not be emptied into the queue
            raise
        except PortError as error:
            if pause is None:
                log.warning("%d records go to the spool: %s", len(records), error.detail)
            else:
                time.sleep(pause)
        else:
            return False
    try:
        spool(records, problem, ports)
    except PortError as error:
        raise Unavailable(error.detail) from error
    return True
