"""A client that is still sending when its request is refused receives the whole response."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from tests.web.conftest import Served
from tests.web.http1 import PATIENCE, wire_to
from titanic_mlops.rules.limits import (
    DISCARD_IDLE_SECONDS,
    DISCARD_SECONDS,
    MAX_BODY_BYTES,
    MAX_DISCARDED_BYTES,
    MAX_HEAD_BYTES,
)
from titanic_mlops.web import connection, lingering
from titanic_mlops.web.lingering import Allowance

REPETITIONS = 20
BODY_BYTES = 5_000_000
"""More than the socket buffers of both sides hold while the client does not read."""
PIECE = b"x" * 100_000
HOST = "Host: localhost\r\n"
JSON = "Content-Type: application/json\r\n"
CLOSE = "Host: localhost\r\nConnection: close\r\n"
LENGTH = f"Content-Length: {BODY_BYTES}\r\n\r\n"
CHUNK = f"Transfer-Encoding: chunked\r\n\r\n{BODY_BYTES:x}\r\n"
REFUSED_HEADS = {
    "400": f"POST / HTTP/1.1\r\n{CLOSE}Content-Length: {'9' * 5000}\r\n\r\n",
    "404": f"POST /nowhere HTTP/1.1\r\n{CLOSE}{LENGTH}",
    "405": f"put / HTTP/1.1\r\n{CLOSE}{LENGTH}",
    "413": f"POST / HTTP/1.1\r\n{CLOSE}{JSON}{LENGTH}",
    "413 in chunks": f"POST / HTTP/1.1\r\n{CLOSE}{JSON}{CHUNK}",
    "415": f"POST / HTTP/1.1\r\n{CLOSE}{LENGTH}",
    "431": f"GET / HTTP/1.1\r\n{CLOSE}X-Long: {'a' * MAX_HEAD_BYTES}",
}


@pytest.mark.parametrize("kind", REFUSED_HEADS)
def test_a_client_that_sends_on_reads_the_response(kind: str, served: Served) -> None:
    head = REFUSED_HEADS[kind].encode()
    for _ in range(REPETITIONS):
        with wire_to(served.port) as wire:
            wire.send(head, *[PIECE] * (BODY_BYTES // len(PIECE)))
            answer = wire.receive()
        assert answer.json["status"] == answer.status == int(kind[:3])


def test_a_client_that_sends_without_end_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "MAX_DISCARDED_BYTES", 1_000_000)
    endless = REFUSED_HEADS["413"].replace(str(BODY_BYTES), "9" * 12).encode()
    with wire_to(served.port) as wire, pytest.raises(ConnectionError):
        wire.send(endless, *[PIECE] * 1000)


@contextmanager
def kept_open(served: Served, length: int) -> Iterator[socket.socket]:
    """Yield a connection after the response to a head whose body is still to come."""
    with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as client:
        client.sendall(f"POST / HTTP/1.1\r\n{HOST}{JSON}Content-Length: {length}\r\n\r\n".encode())
        assert client.recv(10_000).startswith(b"HTTP/1.1 413 ")
        yield client


def ends(client: socket.socket) -> bool:
    try:
        return client.recv(10_000) == b""
    except ConnectionResetError:
        return True


def test_a_body_that_stops_after_its_response_is_not_awaited(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "DISCARD_IDLE_SECONDS", 0.1)
    with kept_open(served, BODY_BYTES) as client:
        client.sendall(b"x")
        assert ends(client)


def test_a_body_that_ends_after_its_response_frees_the_connection(served: Served) -> None:
    with kept_open(served, MAX_BODY_BYTES + 1) as client:
        client.sendall(b"x" * (MAX_BODY_BYTES + 1))
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(10_000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("last", [b"x" * (MAX_BODY_BYTES + 1), None], ids=["body", "line end"])
def test_an_idle_connection_has_a_deadline_after_stray_bytes(
    last: bytes | None, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)
    with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as client:
        length = len(last) if last else 0
        client.sendall(f"POST / HTTP/1.1\r\n{JSON}Content-Length: {length}\r\n\r\n".encode())
        client.recv(10_000)
        client.sendall(last or b"\r\n")
        assert ends(client)


class Timer:
    """A call that is due at a time, unless it was cancelled."""

    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due, self.call, self.cancelled = due, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """The clock of an event loop, moved by a test."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[Timer] = []

    def call_later(self, delay: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now + delay, call))
        return self.timers[-1]

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for timer in self.timers:
            if timer.due <= self.now and not timer.cancelled:
                timer.cancel()
                timer.call()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def exceeded() -> list[float]:
    return []


@pytest.fixture
def allowance(loop: Loop, exceeded: list[float]) -> Allowance:
    return Allowance(cast("asyncio.AbstractEventLoop", loop), lambda: exceeded.append(loop.now))


def test_an_allowance_ends_when_nothing_comes(
    loop: Loop, exceeded: list[float], allowance: Allowance
) -> None:
    loop.advance(DISCARD_IDLE_SECONDS - 0.5)
    allowance.spend(1)
    loop.advance(DISCARD_IDLE_SECONDS - 0.5)
    assert exceeded == []
    loop.advance(0.5)
    assert exceeded == [2 * DISCARD_IDLE_SECONDS - 0.5]


def test_an_allowance_ends_however_steadily_bytes_come(
    loop: Loop, exceeded: list[float], allowance: Allowance
) -> None:
    while not exceeded:
        loop.advance(0.5)
        allowance.spend(1)
    assert exceeded == [DISCARD_SECONDS]


def test_an_allowance_ends_after_its_last_byte(exceeded: list[float], allowance: Allowance) -> None:
    allowance.spend(MAX_DISCARDED_BYTES)
    assert exceeded == []
    allowance.spend(1)
    assert exceeded == [0]


def test_an_allowance_that_is_cancelled_never_ends(
    loop: Loop, exceeded: list[float], allowance: Allowance
) -> None:
    allowance.cancel()
    loop.advance(2 * DISCARD_SECONDS)
    assert exceeded == []
