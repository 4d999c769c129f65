"""Child processes: started, started again when they die, and ended in order."""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

POLL_SECONDS = 0.05
LIVED_SECONDS = 5.0
"""Who dies sooner is waited for longer before the next start."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0

log = logging.getLogger("titanic_mlops.up")


@dataclass
class Child:
    """One process that shall run: `command` with the open files `passes`.

    Its standard input is a pipe that ends when its parent does, however that comes.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    passes: tuple[int, ...] = ()
    deaths: int = field(default=0, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _pause: float = field(default=FIRST_PAUSE, init=False)

    def keep_running(self) -> None:
        """Start it when it does not run and its pause is over."""
        if self._process is None:
            if time.monotonic() >= self._started:
                self._start()
        elif (status := self._process.poll()) is not None:
            self._mourn(status)

    def end(self, patience: float) -> None:
        """Ask it to finish; after `patience` seconds end it all the same."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            log.warning("The %s did not finish within %g s and is ended.", self.name, patience)
            self.kill()
        self._forget()

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._forget()

    def _start(self) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 our own modules
            self.command,
            stdin=subprocess.PIPE,
            env={**os.environ, **self.environment},
            pass_fds=self.passes,
            start_new_session=True,  # Ctrl-C is for the parent, which ends its children in order
        )
        log.info("The %s is process %d.", self.name, self._process.pid)

    def _forget(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
        self._process = None

    def _mourn(self, status: int) -> None:
        self.deaths += 1
        lived = time.monotonic() - self._started > LIVED_SECONDS
        self._pause = FIRST_PAUSE if lived else min(self._pause * 2, LONGEST_PAUSE)
        self._started = time.monotonic() + self._pause
        self._forget()
        how = f"killed by signal {-status}" if status < 0 else f"ended with status {status}"
        log.error("The %s was %s; it is started again.", self.name, how)
