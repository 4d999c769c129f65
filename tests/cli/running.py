"""A running `titanic-mlops up` on a free port, and requests to it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 90
PASSENGER = {"Pclass": "3", "Sex": "male", "Age": 22, "SibSp": 1, "Parch": 0, "Name": ""}


@dataclass
class Running:
    """One `up` on `home`; `port` is known once its first line is printed."""

    home: Path
    process: subprocess.Popen[str]
    logged: Path
    port: int = 0

    def log(self) -> str:
        return self.logged.read_text(encoding="utf-8")

    def child(self, name: str) -> int:
        """Return the id of the newest process of that name."""
        return int(re.findall(rf"The {name} is process (\d+)", self.log())[-1])

    def kill(self, name: str) -> int:
        """kill -9 the server or the worker; return its process id."""
        process = self.child(name)
        os.kill(process, signal.SIGKILL)
        return process

    def connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def post(self, record: object = PASSENGER, path: str = "/") -> tuple[int, Any]:
        with closing(self.connect()) as connection:
            return ask(connection, record, path)

    def until(self, look: Callable[[], Any]) -> Any:  # noqa: ANN401 whatever was looked for
        """Call `look` until its result is true; return that."""
        until = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            assert time.monotonic() < until, self.log()
            assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        return found

    def end(self) -> int:
        """Send SIGTERM; return the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


def ask(connection: HTTPConnection, record: object, path: str = "/") -> tuple[int, Any]:
    """Post one record; return status and body."""
    body, headers = json.dumps(record), {"Content-Type": "application/json"}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@contextmanager
def up(home: Path, *words: str) -> Iterator[Running]:
    """Run the platform; end it in every case."""
    home.mkdir(parents=True, exist_ok=True)
    logged = home / "up.log"
    with (
        logged.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "titanic_mlops", "up", *(words or ("--port", "0"))],
            env={**os.environ, "TITANIC_MLOPS_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        running = Running(home, process, logged)
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:(\d+)", first)
            assert found, running.log()
            running.port = int(found[1])
            yield running
        finally:
            if process.poll() is None:
                running.end()
