"""The champion answers a request, and the record of the answer is made durable."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from uuid import uuid4

from titanic_mlops.errors import PortError, StoreDamaged, Unavailable
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.pipeline.spool import spool
from titanic_mlops.ports import ServingPorts
from titanic_mlops.prediction import Answered, Asked, predict_each, require_valid
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.rules.request import records_of

PAUSES = (0.1, 0.3)
"""Seconds before each retry of publishing a record."""

log = logging.getLogger(__name__)


def predict(request: object, problem: Problem, ports: ServingPorts) -> Answered:
    """Answer one decoded request, a record or a batch; its records are durable on return.

    Raises:
        RequestInvalid: the request is invalid; every faulty field is named.
        NoChampion: no version has been promoted yet.
        ModelDamaged: the champion's files are not the registered ones.
        ModelOutdated: it was trained for another declaration.
        Unavailable: the record could not be made durable.
    """
    records, batch = records_of(problem, request)
    registry = Registry(ports.storage, problem.name)
    version, model = registry.champion_model()
    registry.card(version).require_declared(problem, model.classes)
    asked = Asked(records, batch, model, version, ports.clock.now(), lambda _: str(uuid4()))
    predictions = require_valid(list(predict_each(problem, asked)))
    deferred = keep([one.stored() for one in predictions], problem, ports)
    return Answered(predictions, batch, deferred)


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
