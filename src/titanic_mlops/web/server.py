"""The application behind uvicorn, on a socket that somebody else listens on."""

from __future__ import annotations

import asyncio
import re
import socket
from http import HTTPStatus

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from titanic_mlops.web.application import Application
from titanic_mlops.web.cors import ANY_ORIGIN
from titanic_mlops.web.responses import Headers, Refusal, problem

DRAIN_SECONDS = 15
HEAD_SECONDS = 10
KNOWN_METHODS = b"GET, HEAD, OPTIONS, POST"
MAX_HEAD_BYTES = 64 * 1024
REQUEST_LINE = re.compile(rb"(?!(?:GET|HEAD|OPTIONS|POST) )[A-Za-z]+ /\S* HTTP/1\.[01]\r\n")
UPGRADE = re.compile(rb"(?<=\r\n)upgrade(?=[ \t]*:)", re.IGNORECASE)


class Protocol(HttpToolsProtocol):
    """Answer what is not HTTP as the application answers: a problem, with CORS."""

    _head: int | None = None
    """Bytes of a request's head so far; None while a body is read, or nothing."""

    _received = b""
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # uvicorn's own
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, deaf to offers of another protocol: behind one the parser skips the body."""
        self._received = data
        super().data_received(UPGRADE.sub(b"X-Offer", data))
        if self._head is not None:
            self._head += len(data)
            if self._head > MAX_HEAD_BYTES:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"The head of the request is larger than {MAX_HEAD_BYTES} bytes.",
                )

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head = 0
        self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count no more."""
        self._head = None
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, _msg: str) -> None:
        """Refuse bytes that are no request, or one with a method that nobody knows."""
        if REQUEST_LINE.match(self._received):
            detail = "This method is not known here."
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED, detail, ((b"allow", KNOWN_METHODS),))
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "This is not a request in HTTP/1.1.")

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if self._head is None:
            self.transport.close()
        else:
            detail = f"The head of the request was not there within {HEAD_SECONDS} seconds."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, detail)

    def _refuse(self, status: HTTPStatus, detail: str, headers: Headers = ()) -> None:
        """Answer with a problem, and close."""
        answer = problem(Refusal(status, detail, headers=headers))
        length = (b"content-length", str(len(answer.body)).encode())
        headers = (*answer.headers, *ANY_ORIGIN, length, (b"connection", b"close"))
        head = b"".join(b"%b: %b\r\n" % header for header in headers)
        line = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        self.transport.write(line + head + b"\r\n" + answer.body)
        self.transport.close()


def serve(application: Application, listening: socket.socket) -> None:
    """Serve until SIGTERM, then finish what has begun."""
    config = uvicorn.Config(
        application,
        http=Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listening])
