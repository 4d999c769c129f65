"""The prediction service of one problem, ready to be served."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from titanic_mlops.pipeline.predict import keep
from titanic_mlops.platforms.timing import RECORD_SECONDS
from titanic_mlops.ports import ServingPorts
from titanic_mlops.problems import load_problem, served_problems
from titanic_mlops.problems.base import Problem
from titanic_mlops.registry import Registry
from titanic_mlops.settings import Settings
from titanic_mlops.web.access import Access
from titanic_mlops.web.application import Application
from titanic_mlops.web.champion import RECHECK_SECONDS, ChampionInMemory
from titanic_mlops.web.predictions import PredictionService
from titanic_mlops.web.problems import Problems
from titanic_mlops.web.recorder import Recorder


def open_application(
    settings: Settings,
    problem: Problem,
    *,
    recheck: float = RECHECK_SECONDS,
    hosts: Collection[str] = (),
) -> Application:
    """Return the application; the first request loads the champion.

    `recheck` is the time in seconds between two looks at the champion. With `hosts`, the
    application answers only requests that name one of them.
    """
    ports = _open_ports(settings, problem)
    threads: Callable[[], ThreadPoolExecutor] = partial(ThreadPoolExecutor, max_workers=1)
    registry = Registry(ports.storage, problem.name)
    champion = ChampionInMemory(registry, problem, threads(), recheck=recheck)
    recorder = Recorder(partial(keep, problem=problem, ports=ports), threads())
    service = PredictionService(problem, champion, recorder, ports.clock.now)
    access = Access(settings.allowed_origins, hosts)
    return Application(problem, champion, service, ports.code_version, access=access)


def open_problems(
    settings: Settings,
    *,
    recheck: float = RECHECK_SECONDS,
    hosts: Collection[str] = (),
) -> Problems:
    """Return the applications of all problems that the settings name, behind one address."""
    applications = {
        name: open_application(settings, load_problem(name), recheck=recheck, hosts=hosts)
        for name in served_problems(settings.only)
    }
    default = settings.problem if settings.problem in applications else next(iter(applications))
    return Problems(applications, default)


def _open_ports(settings: Settings, problem: Problem) -> ServingPorts:
    if cloud := settings.cloud_of(problem.name):
        from titanic_mlops.platforms.gcp.serving import (  # noqa: PLC0415 loads Google's clients
            open_serving_ports,
        )

        return open_serving_ports(cloud, patience=RECORD_SECONDS)
    from titanic_mlops.platforms.local.ports import (  # noqa: PLC0415 no bundle carries it
        open_local_serving_ports,
    )

    return open_local_serving_ports(settings, problem, patience=RECORD_SECONDS)
