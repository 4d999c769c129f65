"""A request is answered by the champion, and its record kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from uuid import uuid4

from titanic_mlops import prediction
from titanic_mlops.errors import NotFound, PortError, Unavailable
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.ports import Ports
from titanic_mlops.prediction import Prediction
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry

PAUSES = (0.1, 0.3)
"""Seconds before each further try to publish a record."""

log = logging.getLogger(__name__)


def predict(request: object, problem: Problem, ports: Ports) -> Prediction:
    """Answer one decoded request; its record is durable before the answer returns.

    Raises:
        RequestInvalid: naming every faulty field at once.
        NoChampion: nothing was promoted yet.
        ModelDamaged: the champion's files are not the registered ones.
        Unavailable: the record could not be kept.
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


def keep(records: Sequence[bytes], problem: Problem, ports: Ports) -> bool:
    """Make records durable: on their topic, or else in the spool; return whether in the spool.

    Raises:
        Unavailable: neither could be written, whatever the reason.
    """
    for pause in (*PAUSES, None):
        try:
            ports.bus.publish_all(PREDICTIONS, records, _attributes(problem))
        except PortError as error:
            if pause is None:
                log.warning("%d records go to the spool: %s", len(records), error.detail)
            else:
                time.sleep(pause)
        else:
            return False
    try:
        ports.storage.put(f"{_spool(problem)}{uuid4()}.jsonl", b"\n".join(records), if_version=0)
    except PortError as error:
        raise Unavailable(error.detail) from error
    return True


def republish(problem: Problem, ports: Ports) -> int:
    """Bring what lies in the spool to its topic; return how many records.

    A crash in between publishes some twice; whoever reads counts each once.
    """
    count = 0
    for info in list(ports.storage.list(_spool(problem))):
        try:
            found = ports.storage.get(info.key)
        except NotFound:  # another sweep was faster
            continue
        records = found[0].split(b"\n") if found else []
        ports.bus.publish_all(PREDICTIONS, records, _attributes(problem))
        ports.storage.delete(info.key)
        count += len(records)
    return count


def _attributes(problem: Problem) -> dict[str, str]:
    return {"problem": problem.name}


def _spool(problem: Problem) -> str:
    return f"spool/{problem.name}/"
