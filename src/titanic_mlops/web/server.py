"""The application behind uvicorn, on a socket that somebody else listens on."""

from __future__ import annotations

import socket
from http import HTTPStatus

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from titanic_mlops.web.answers import Refusal, problem
from titanic_mlops.web.application import CORS, Application

DRAIN_SECONDS = 15


class Protocol(HttpToolsProtocol):
    """Answer what is not HTTP as the application answers: a problem, with CORS."""

    def send_400_response(self, _msg: str) -> None:
        """Refuse bytes that are no request, and close."""
        answer = problem(Refusal(HTTPStatus.BAD_REQUEST, "This is not a request in HTTP/1.1."))
        length = (b"content-length", str(len(answer.body)).encode())
        headers = (*answer.headers, *CORS, length, (b"connection", b"close"))
        head = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + answer.body)
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
