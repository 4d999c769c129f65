"""The worker process of `up`: `python -m titanic_mlops.platforms.local.worker`."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from titanic_mlops.errors import TitanicMlopsError
from titanic_mlops.platforms.local.ending import end_with_parent
from titanic_mlops.platforms.local.logs import tell_story
from titanic_mlops.platforms.local.work import Background, open_background
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import LOCAL, Settings

IDLE_SECONDS = 0.05
SWEEP_SECONDS = 15.0
TROUBLE_SECONDS = 1.0

log = logging.getLogger("titanic_mlops.worker")


def main() -> None:
    """Work until SIGTERM, then finish what has begun."""
    tell_story("worker")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    end_with_parent()
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # a writer came while a file was looked at
    settings = Settings.from_env(os.environ, platform=LOCAL)
    work(lambda: open_background(settings, load_problem(settings.problem)), ended)


def work(open_work: Callable[[], Background], ended: threading.Event) -> None:
    """Do what there is to do, again and again; trouble is told once and tried again."""
    background: Background | None = None
    told, swept = "", float("-inf")
    while not ended.is_set():
        try:
            background = background or open_work()
            if time.monotonic() - swept > SWEEP_SECONDS:
                swept = time.monotonic()
                background.sweep()
            if background.work_once():
                told = ""
            else:
                ended.wait(IDLE_SECONDS)
        except (TitanicMlopsError, OSError) as error:
            if str(error) != told:
                log.warning("%s", error)
            told = str(error)
            ended.wait(TROUBLE_SECONDS)
    with suppress(TitanicMlopsError):  # it stays in the queue, and the next start stores it
        if background:
            background.store_predictions()


if __name__ == "__main__":
    main()
