"""The prediction service on a real socket, with a model trained on the real table."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any
from unittest.mock import patch

import pytest
import uvicorn

from tests.web.http1 import PATIENCE, Answer
from titanic_mlops.platforms.local.platform import LocalPlatform, open_local
from titanic_mlops.platforms.serving import open_application
from titanic_mlops.problems import load_problem
from titanic_mlops.rules.limits import BODY_SECONDS, MAX_PENDING_REQUESTS
from titanic_mlops.settings import Settings
from titanic_mlops.web.access import LOOPBACK_HOSTS
from titanic_mlops.web.application import Application
from titanic_mlops.web.problems import Problems
from titanic_mlops.web.server import serve

JSON = {"Content-Type": "application/json"}
RECORD = {
    "Pclass": 3,
    "Name": "Braund, Mr. Owen Harris",
    "Sex": "male",
    "Age": 22,
    "SibSp": 1,
    "Parch": 0,
    "Ticket": "A/5 21171",
    "Fare": 7.25,
    "Embarked": "S",
}


@dataclass(frozen=True)
class Served:
    """A running server and its home."""

    port: int
    home: Path

    def request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = {},
    ) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as to:
            to.request(method, target, body, dict(headers))
            response = to.getresponse()
            said = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, said, response.read())

    def get(self, target: str, **headers: str) -> Answer:
        return self.request("GET", target, headers=headers)

    def post(self, document: object, target: str = "/", key: str = "") -> Answer:
        """Request predictions, with an Idempotency-Key unless `key` is empty."""
        headers = JSON | ({"Idempotency-Key": key} if key else {})
        return self.request("POST", target, json.dumps(document).encode(), headers)

    def recorded(self) -> int:
        """Return how many records are in the queue."""
        return len(self.records())

    def records(self, *, skip: int = 0) -> list[dict[str, Any]]:
        """Return the records in the queue, oldest first, as another process reads them."""
        path = self.home / "titanic.queue.sqlite"
        if not path.exists():
            return []
        select = (
            "SELECT data FROM messages WHERE topic = 'predictions' ORDER BY seq LIMIT -1 OFFSET ?"
        )
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
            return [json.loads(data) for (data,) in connection.execute(select, (skip,))]

    def platform(self) -> LocalPlatform:
        """Return the platform of the server's home."""
        return open_local(Settings(self.home), load_problem("titanic"))


def application_on(
    home: Path,
    *,
    origins: tuple[str, ...] = (),
    max_pending: int = MAX_PENDING_REQUESTS,
    body_seconds: float = BODY_SECONDS,
) -> Application:
    """Return the application of the local platform as `up` serves it, with lower limits."""
    settings = Settings(home, allowed_origins=origins)
    application = open_application(settings, load_problem("titanic"), hosts=LOOPBACK_HOSTS)
    application.service.max_pending = max_pending
    application.service.body_seconds = body_seconds
    return application


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until `condition` returns true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition stayed false"
        time.sleep(0.01)


@contextmanager
def serving(application: Application | Problems, home: Path) -> Iterator[Served]:
    """Run `serve` in a thread, and end it as SIGTERM does."""
    servers: Queue[uvicorn.Server] = Queue()

    class Noted(uvicorn.Server):
        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            servers.put(self)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with patch.object(uvicorn, "Server", Noted):
            thread = threading.Thread(target=serve, args=(application, listening), daemon=True)
            thread.start()
            server = servers.get(timeout=PATIENCE)
        try:
            yield Served(listening.getsockname()[1], home)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """Return a home with a champion for one test."""
    return Path(shutil.copytree(trained, tmp_path / "home"))


@pytest.fixture
def served(home: Path) -> Iterator[Served]:
    """Serve a home for one test."""
    with serving(application_on(home), home) as running:
        yield running
