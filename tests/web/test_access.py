"""Who may use the server: on a laptop, requests that name it by the loopback or a listed host."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.web.conftest import Served, serving
from tests.web.http1 import PATIENCE
from titanic_mlops.platforms.serving import open_application
from titanic_mlops.problems import load_problem
from titanic_mlops.settings import Settings

LISTED = "My-Laptop.local, 192.168.1.5, [fe80::1]"


@contextmanager
def server_process(home: Path, hosts: str) -> Iterator[Served]:
    """Run the server of `up` as it is started there."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        environment = {"TITANIC_MLOPS_HOME": str(home), "ALLOWED_HOSTS": hosts}
        server = subprocess.Popen(
            [sys.executable, "-m", "titanic_mlops.platforms.local.server", str(listening.fileno())],
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        with server:
            try:
                yield Served(listening.getsockname()[1], home)
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(PATIENCE)


def test_the_servers_own_hosts_are_the_loopback_and_listed_ones(tmp_path: Path) -> None:
    with server_process(tmp_path, LISTED) as served:
        ours = ["127.0.0.1", "localhost:1", "[::1]:8080", "my-laptop.local:8080", "MY-LAPTOP.LOCAL"]
        ours += ["192.168.1.5:80", "[fe80::1]"]
        foreign = [
            "example.com",
            "localhost.example.com",
            "my-laptop",
            "[fe80::2]",
            "127.0.0.1@a.b",
        ]
        foreign += ["", "localhost:80:80", "10.0.0.1", "local host"]
        for host in ours:
            assert served.get("/health", Host=host).status == 200, host
        for host in foreign:
            answer = served.get("/health", Host=host)
            assert answer.status == 421, host
            assert answer.headers["content-type"] == "application/problem+json"
            assert "ALLOWED_HOSTS" in answer.json["detail"]


def test_a_foreign_host_gets_no_prediction(served: Served) -> None:
    headers = {"Host": "rebound.example.com", "Content-Type": "application/json"}
    body = b'{"Pclass": 3, "Sex": "male", "SibSp": 1, "Parch": 0}'
    assert served.request("POST", "/", body, headers).status == 421
    assert served.request("OPTIONS", "/", None, headers).status == 421
    assert served.recorded() == 0


@pytest.mark.parametrize("host", ["predict-abc.a.run.app", "localhost"])
def test_the_deployed_application_leaves_hosts_to_its_front(host: str, home: Path) -> None:
    application = open_application(Settings(home), load_problem("titanic"))
    with serving(application, home) as served:
        assert served.get("/health", Host=host).status == 200
