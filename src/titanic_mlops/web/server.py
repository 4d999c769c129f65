"""The application behind uvicorn, on a socket that is already listening."""

from __future__ import annotations

import socket

import uvicorn

from titanic_mlops.rules.limits import DRAIN_SECONDS
from titanic_mlops.web.problems import Problems
from titanic_mlops.web.protocol import Protocol


def serve(application: Problems, listening: socket.socket) -> None:
    """Serve until SIGTERM, then answer the requests that are pending."""
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
