"""The application behind uvicorn, on a socket that somebody else listens on."""

from __future__ import annotations

import re
import socket
from http import HTTPStatus

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from titanic_mlops.web.answers import Refusal, problem
from titanic_mlops.web.application import CORS, Application

DRAIN_SECONDS = 15
MAX_HEAD_BYTES = 64 * 1024
UPGRADE = re.compile(rb"(?<=\r\n)upgrade(?=[ \t]*:)", re.IGNORECASE)


class Protocol(HttpToolsProtocol):
    """Answer what is not HTTP as the application answers: a problem, with CORS."""

    _head: int | None = None
    """Bytes of a request's head so far; None while a body is read, or nothing."""

    def data_received(self, data: bytes) -> None:
        """Read on, deaf to offers of another protocol: behind one the parser skips the body."""
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
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count no more."""
        self._head = None
        super().on_headers_complete()

    def send_400_response(self, _msg: str) -> None:
        """Refuse bytes that are no request."""
        self._refuse(HTTPStatus.BAD_REQUEST, "This is not a request in HTTP/1.1.")

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer with a problem, and close."""
        answer = problem(Refusal(status, detail))
        length = (b"content-length", str(len(answer.body)).encode())
        headers = (*answer.headers, *CORS, length, (b"connection", b"close"))
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
