"""The worker process of `up`: `python -m titanic_mlops.platforms.local.worker`."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

from titanic_mlops.errors import TitanicMlopsError
from titanic_mlops.logs import configure_logging
from titanic_mlops.platforms.local.background import Background, open_background
from titanic_mlops.platforms.local.supervisor import end_with_parent
from titanic_mlops.platforms.timing import IDLE_SECONDS, SWEEP_SECONDS, TROUBLE_SECONDS
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import LOCAL, Settings

log = logging.getLogger("titanic_mlops.worker")


def main() -> None:
    """Work until SIGTERM, then finish what has been started."""
    configure_logging("worker")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    end_with_parent()
    settings = Settings.from_env(os.environ, platform=LOCAL)
    work(lambda: open_background(settings, load_problem(settings.problem)), ended)


def work(open_work: Callable[[], Background], ended: threading.Event) -> None:
    """Work until `ended`; after an error, retry, and log the same error only once."""
    background: Background | None = None
    logged, swept = "", float("-inf")
    while not ended.is_set():
        try:
            background = background or open_work()
            if time.monotonic() - swept > SWEEP_SECONDS:
                swept = time.monotonic()
                background.sweep()
            if background.work_once():
                logged = ""
            else:
                ended.wait(IDLE_SECONDS)
        except (TitanicMlopsError, OSError) as error:
            if str(error) != logged:
                log.warning("%s", error)
            logged = str(error)
            ended.wait(TROUBLE_SECONDS)
    if background:
        _finish(background)


def _finish(background: Background) -> None:
    """Store the records of all answered requests; the server has ended before."""
    try:
        background.republish_spooled()
        background.store_predictions()
    except (TitanicMlopsError, OSError) as error:
        log.warning(
            "%s Records of predictions stay in the queue; the next start stores them.", error
        )


if __name__ == "__main__":
    main()
