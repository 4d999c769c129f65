"""Send exact bytes to a server and parse its HTTP/1.1 responses."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

PATIENCE = 20.0
"""Timeout in seconds of a test that waits for a server; a passing test never reaches it."""

Step = bytes | float
"""Bytes to send, or seconds to wait before the next ones."""


@dataclass(frozen=True)
class Answer:
    """One final response; `interim` holds the statuses of the interim responses before it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    interim: list[int] = field(default_factory=list)

    @property
    def json(self) -> Any:  # noqa: ANN401 whatever document it holds
        return json.loads(self.body)


class Wire:
    """One connection, byte by byte."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream: BinaryIO = connection.makefile("rb")

    def send(self, *steps: Step) -> None:
        for step in steps:
            if isinstance(step, bytes):
                self._connection.sendall(step)
            else:
                time.sleep(step)

    def end(self) -> bytes:
        """End this side; return what the server sends until it ends its own."""
        self._connection.shutdown(socket.SHUT_WR)
        return self._stream.read()

    def receive(self, method: str = "POST") -> Answer:
        """Read one response; after `Connection: close` the stream must end."""
        interim: list[int] = []
        while (head := self._head())[0] < 200:
            interim.append(head[0])
        status, headers = head
        bare = method == "HEAD" or status == 204
        length = 0 if bare else int(headers["content-length"])
        body = self._stream.read(length)
        assert len(body) == length
        if headers.get("connection") == "close":
            assert self._stream.read() == b""
        return Answer(status, headers, body, interim)

    def receive_interim(self) -> int:
        """Read an interim response such as 100 Continue; return its status."""
        return self._head()[0]

    def _head(self) -> tuple[int, dict[str, str]]:
        version, status, _ = self._line().split(" ", 2)
        assert version == "HTTP/1.1"
        headers: dict[str, str] = {}
        while line := self._line():
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, f"{name} came twice"
            headers[name.lower()] = value
        return int(status), headers

    def _line(self) -> str:
        line = self._stream.readline()
        assert line.endswith(b"\r\n"), line
        return line.decode("latin-1").removesuffix("\r\n")

    def close(self) -> None:
        self._stream.close()
        self._connection.close()


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """Yield a new connection."""
    wire = Wire(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
    try:
        yield wire
    finally:
        wire.close()


def request_bytes(
    method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes | None = None
) -> bytes:
    """Return one whole request with `Connection: close`."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")
