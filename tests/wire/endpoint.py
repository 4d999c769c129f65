"""The deployed endpoint as functions-framework mounts it, on a free port of the loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from functions_framework.aio import create_asgi_app

from tests.wire.platform import SOURCES
from titanic_mlops.functions import predictions_endpoint


@contextmanager
def serving_endpoint() -> Iterator[str]:
    """Serve what the environment says until the end of the block; yield the address."""
    predictions_endpoint._application.cache_clear()
    app = create_asgi_app("predictions_endpoint", str(SOURCES / "predictions_endpoint.py"))  # type: ignore[no-untyped-call] # no types
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
    predictions_endpoint._application.cache_clear()
