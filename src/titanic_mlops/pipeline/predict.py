"""A request is answered by the champion, and its record kept."""

from __future__ import annotations

from uuid import uuid4

from titanic_mlops import prediction
from titanic_mlops.events import PREDICTIONS
from titanic_mlops.ports import Ports
from titanic_mlops.prediction import Prediction
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry


def predict(request: object, problem: Problem, ports: Ports) -> Prediction:
    """Answer one decoded request; its record is durable before the answer returns.

    Raises:
        RequestRefused: naming every faulty field at once.
        NoChampion: nothing was promoted yet.
        ModelDamaged: the champion's files are not the registered ones.
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
    ports.bus.publish(PREDICTIONS, answered.stored(), {"problem": problem.name})
    return answered
