"""The prediction service of one problem, ready to be served."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from titanic_mlops.pipeline.predict import keep
from titanic_mlops.platforms.ports import open_ports
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.settings import Settings
from titanic_mlops.web.application import Application
from titanic_mlops.web.champion import RECHECK_SECONDS, ChampionInMemory
from titanic_mlops.web.predictions import PredictionService
from titanic_mlops.web.recorder import Recorder

QUEUE_PATIENCE = 0.4
"""Seconds per try to record an answer: three tries and their pauses stay below 2 s."""


def open_application(
    settings: Settings, problem: Problem, *, recheck: float = RECHECK_SECONDS
) -> Application:
    """Return the application; the champion is loaded by the first request."""
    ports = open_ports(settings, problem, patience=QUEUE_PATIENCE)
    threads: Callable[[], ThreadPoolExecutor] = partial(ThreadPoolExecutor, max_workers=1)
    champion = ChampionInMemory(Registry(ports.storage, problem.name), threads(), recheck=recheck)
    recorder = Recorder(partial(keep, problem=problem, ports=ports), threads())
    service = PredictionService(problem, champion, recorder, ports.clock.now)
    origins = settings.allowed_origins
    return Application(problem, champion, service, ports.code_version, origins=origins)
