"""The worker process of `up`: `python -m titanic_mlops.platforms.local.worker`."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from titanic_mlops.adapters.local.landing_folder import LandingFolder
from titanic_mlops.errors import TitanicMlopsError
from titanic_mlops.logs import configure_logging
from titanic_mlops.platforms.local.background import (
    Background,
    deployed_handlers,
    open_background,
)
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.platforms.local.stray_files import StrayFiles
from titanic_mlops.platforms.local.supervisor import end_with_parent
from titanic_mlops.platforms.timing import (
    IDLE_SECONDS,
    STRAY_SECONDS,
    SWEEP_SECONDS,
    TROUBLE_SECONDS,
)
from titanic_mlops.problems import load_problem, problem_names, served_problems
from titanic_mlops.settings import LOCAL, Settings

log = logging.getLogger("titanic_mlops.worker")


@dataclass
class Turn:
    """One problem's share of the worker: after an error it pauses while the others go on."""

    open_work: Callable[[], Background]
    background: Background | None = field(default=None, init=False)
    _logged: str = field(default="", init=False)
    _swept: float = field(default=float("-inf"), init=False)
    _paused_until: float = field(default=float("-inf"), init=False)

    def take(self) -> bool:
        """Do a part of each task; return whether there was any. The same error is logged once."""
        if time.monotonic() < self._paused_until:
            return False
        try:
            busy = self._work()
        except (TitanicMlopsError, OSError) as error:
            if str(error) != self._logged:
                log.warning("%s", error)
            self._logged = str(error)
            self._paused_until = time.monotonic() + TROUBLE_SECONDS
            return False
        if busy:
            self._logged = ""
        return busy

    def finish(self) -> None:
        """Store the records of all answered requests; the server has ended before."""
        if self.background is None:
            return
        try:
            self.background.republish_spooled()
            self.background.store_predictions()
        except (TitanicMlopsError, OSError) as error:
            log.warning(
                "%s Records of predictions stay in the queue; the next start stores them.", error
            )

    def _work(self) -> bool:
        self.background = self.background or self.open_work()
        if time.monotonic() - self._swept > SWEEP_SECONDS:
            self._swept = time.monotonic()
            self.background.sweep()
        return self.background.work_once()


def main() -> None:
    """Work until SIGTERM, then finish what has been started."""
    configure_logging("worker")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    end_with_parent()
    settings = Settings.from_env(os.environ, platform=LOCAL)
    served, handlers = served_problems(settings.only), deployed_handlers()
    turns = [
        Turn(partial(open_background, settings, load_problem(name), handlers)) for name in served
    ]
    landing = LandingFolder(settings.home / LANDING_BUCKET)
    work(turns, ended, StrayFiles(landing, served, problem_names()))


def work(turns: Sequence[Turn], ended: threading.Event, strays: StrayFiles | None = None) -> None:
    """Give each problem its turn until `ended`, and name files that nothing reads."""
    next_look = float("-inf")
    while not ended.is_set():
        if strays and time.monotonic() > next_look:
            for name, reason in strays.news():
                log.warning("%s is not read: %s.", name, reason)
            next_look = time.monotonic() + STRAY_SECONDS
        if not sum(turn.take() for turn in turns):
            ended.wait(IDLE_SECONDS)
    for turn in turns:
        turn.finish()


if __name__ == "__main__":
    main()
