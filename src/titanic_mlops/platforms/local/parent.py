"""The parent process of `up`: starts a server and a worker, restarts them, ends them in order."""

from __future__ import annotations

import errno
import http.client
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from titanic_mlops.errors import Unavailable
from titanic_mlops.platforms.local.home import exclusive_home, make_writable
from titanic_mlops.platforms.local.ports import LANDING_BUCKET
from titanic_mlops.platforms.local.supervisor import Child
from titanic_mlops.platforms.timing import DRAIN_SECONDS, HANDOVER_SECONDS, WATCH_SECONDS
from titanic_mlops.problems import served_problems
from titanic_mlops.settings import HOME, PROBLEM, Settings

ADDRESS = "127.0.0.1"
BACKLOG = 2048  # connections
STARTS = 5
"""Deaths of the server before its first answer, after which `up` stops."""

log = logging.getLogger("titanic_mlops.up")


def run_platform(settings: Settings, port: int, *, ready: Callable[[str], None]) -> None:
    """Run server and worker until SIGTERM or SIGINT; call `ready` with the address, once.

    They serve the problems that the settings name, or every declared one.

    Raises:
        Unavailable: another platform runs on this home, the port is in use, the home cannot
            be written, or the server does not start.
    """
    make_writable(settings.home)
    for name in served_problems(settings.only):
        (settings.home / LANDING_BUCKET / name).mkdir(parents=True, exist_ok=True)
    with (
        exclusive_home(settings.home) as record,
        _listening(port) as listening,
        _end_signals() as ended,
    ):
        address = f"http://{ADDRESS}:{listening.getsockname()[1]}"
        record(address)
        environment = {HOME: str(settings.home), PROBLEM: ",".join(settings.only)}
        server = _child("server", environment, listening.fileno())
        worker = _child("worker", environment)
        try:
            _watch(server, worker, listening, ended, lambda: ready(address))
        finally:
            listening.close()  # new connections are refused at once instead of waiting
            log.info("Stopping; requests and messages in progress are finished first.")
            server.end(DRAIN_SECONDS)
            worker.end(DRAIN_SECONDS)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    until = time.monotonic() + HANDOVER_SECONDS
    while True:
        try:
            listening.bind((ADDRESS, port))
            listening.listen(BACKLOG)
            break
        except OSError as error:
            if time.monotonic() > until or error.errno != errno.EADDRINUSE:
                listening.close()
                raise _port_error(port, error) from error
            time.sleep(WATCH_SECONDS)
    try:
        yield listening
    finally:
        listening.close()


def _port_error(port: int, error: OSError) -> Unavailable:
    in_use = error.errno == errno.EADDRINUSE
    fault = "is already in use" if in_use else f"cannot be opened ({error.strerror})"
    return Unavailable(f"Port {port} {fault}; choose another with --port, or 0 for a free one.")


@contextmanager
def _end_signals() -> Iterator[threading.Event]:
    """Yield an event that the first SIGTERM or SIGINT sets; the second one ends at once."""
    ended = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    previous = {name: signal.signal(name, end) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)


def _child(name: str, environment: dict[str, str], *descriptors: int) -> Child:
    module = f"titanic_mlops.platforms.local.{name}"
    command = [sys.executable, "-m", module, *map(str, descriptors)]
    return Child(name, command, environment, descriptors)


def _watch(
    server: Child,
    worker: Child,
    listening: socket.socket,
    ended: threading.Event,
    ready: Callable[[], None],
) -> None:
    """Keep both running until `ended`; call `ready` once the server has answered."""
    answered = threading.Event()
    threading.Thread(
        target=_await_server, args=(listening.getsockname()[1], answered), daemon=True
    ).start()
    announced = False
    while not ended.wait(WATCH_SECONDS):
        server.keep_running()
        worker.keep_running()
        if answered.is_set() and not announced:
            announced = True
            ready()
        if server.deaths >= STARTS and not announced:
            raise Unavailable("The server does not start; the log above says why.")


def _await_server(port: int, answered: threading.Event) -> None:
    """Request /health until the server answers."""
    while not answered.is_set():
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=30)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/health")
            if connection.getresponse().status == http.client.OK:
                answered.set()
        connection.close()
        time.sleep(WATCH_SECONDS)
