"""Child processes: started, restarted when they die, ended in order."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from titanic_mlops.platforms.timing import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    STABLE_SECONDS,
)

log = logging.getLogger("titanic_mlops.up")


@dataclass
class Child:
    """One process that is kept running: `command`, with the open descriptors `passes`.

    Its standard input is a pipe that ends when its parent does, even by SIGKILL.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    passes: tuple[int, ...] = ()
    deaths: int = field(default=0, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _pause: float = field(default=FIRST_PAUSE_SECONDS, init=False)

    def keep_running(self) -> None:
        """Start the process if it does not run and its pause is over."""
        if self._process is None:
            if time.monotonic() >= self._started:
                self._start()
        elif (status := self._process.poll()) is not None:
            self._restart_later(status)

    def end(self, patience: float) -> None:
        """Send SIGTERM; after `patience` seconds SIGKILL."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            log.warning(
                "The %s did not end within %g s of SIGTERM; killing it.", self.name, patience
            )
            self.kill()
        self._forget()

    def kill(self) -> None:
        """Send SIGKILL."""
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
            start_new_session=True,  # Ctrl-C reaches only the parent, which ends them in order
        )
        log.info("The %s is process %d.", self.name, self._process.pid)

    def _forget(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
        self._process = None

    def _restart_later(self, status: int) -> None:
        self.deaths += 1
        stable = time.monotonic() - self._started > STABLE_SECONDS
        longer = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self._pause = FIRST_PAUSE_SECONDS if stable else longer
        self._started = time.monotonic() + self._pause
        self._forget()
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        log.error("The %s %s; restarting it.", self.name, how)


def end_with_parent() -> None:
    """Send this child process SIGTERM when its parent ends: its standard input ends then."""
    descriptor = sys.stdin.fileno()  # read by number: sys.stdin's lock would delay the exit

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()
