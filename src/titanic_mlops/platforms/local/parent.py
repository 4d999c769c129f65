"""The local platform as processes: a server and a worker, watched, and ended in order."""

from __future__ import annotations

import http.client
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from titanic_mlops.errors import Unavailable
from titanic_mlops.platforms.local.platform import refuse_unwritable
from titanic_mlops.platforms.local.supervisor import POLL_SECONDS, Child
from titanic_mlops.platforms.ports import LANDING_BUCKET
from titanic_mlops.problems.base import Problem
from titanic_mlops.settings import HOME, PROBLEM, Settings

ADDRESS = "127.0.0.1"
BACKLOG = 2048
HANDOVER_SECONDS = 5.0
"""How long the children of a platform that was killed may need to notice, and let go."""
DRAIN_SECONDS = 30.0
STARTS = 5
"""A server that died this often before it ever answered will not come up."""

log = logging.getLogger("titanic_mlops.up")


def run_platform(
    settings: Settings, problem: Problem, port: int, *, ready: Callable[[str], None]
) -> None:
    """Run server and worker until SIGTERM or SIGINT; `ready` hears the address, once.

    Raises:
        Unavailable: another platform runs on this home, the port is taken, the home cannot
            be written, or the server does not come up.
    """
    refuse_unwritable(settings.home)
    (settings.home / LANDING_BUCKET / problem.name).mkdir(parents=True, exist_ok=True)
    with _alone(settings) as tell, _listening(port) as listening, _ending() as ended:
        address = f"http://{ADDRESS}:{listening.getsockname()[1]}"
        tell(address)
        environment = {HOME: str(settings.home), PROBLEM: problem.name}
        server = _child("server", environment, listening.fileno())
        worker = _child("worker", environment)
        try:
            _watch(server, worker, listening, ended, lambda: ready(address))
        finally:
            listening.close()  # who comes now is refused, not left waiting
            log.info("Ending: what has begun is finished first.")
            server.end(DRAIN_SECONDS)
            worker.end(DRAIN_SECONDS)


@contextmanager
def _alone(settings: Settings) -> Iterator[Callable[[str], None]]:
    """Hold the home; yield a function that lets others know the address."""
    note = settings.home / "up.json"
    lock = FileLock(settings.home / "up.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        known = {}
        with suppress(OSError, ValueError):
            known = json.loads(note.read_text())
        whose = f" (process {known['process']}, {known['address']})" if known else ""
        raise Unavailable(
            f"A platform runs on {settings.home} already{whose}. End it first, or set {HOME} to "
            "another folder."
        ) from None

    def tell(address: str) -> None:
        note.write_text(json.dumps({"process": os.getpid(), "address": address}))

    try:
        yield tell
    finally:
        note.unlink(missing_ok=True)
        lock.release()


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
            if time.monotonic() > until or isinstance(error, PermissionError):
                listening.close()
                raise Unavailable(
                    f"Port {port} of {ADDRESS} cannot be had ({error.strerror}); name another "
                    "by --port, or 0 for a free one."
                ) from error
            time.sleep(POLL_SECONDS)
    try:
        yield listening
    finally:
        listening.close()


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """Yield an event that the first SIGTERM or SIGINT sets; the next one ends without waiting."""
    ended = threading.Event()

    def end(_signal: int, _frame: object) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    kept = {name: signal.signal(name, end) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for name, handler in kept.items():
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
    threading.Thread(target=_ask, args=(listening.getsockname()[1], answered), daemon=True).start()
    told = False
    while not ended.wait(POLL_SECONDS):
        server.keep_running()
        worker.keep_running()
        if answered.is_set() and not told:
            told = True
            ready()
        if server.deaths >= STARTS and not told:
            raise Unavailable("The server does not come up; the lines above say why.")


def _ask(port: int, answered: threading.Event) -> None:
    """Ask for /health until it is answered."""
    while not answered.is_set():
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=30)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/health")
            if connection.getresponse().status == http.client.OK:
                answered.set()
        connection.close()
        time.sleep(POLL_SECONDS)
