"""Whether a command can reach Google Cloud at all, known within seconds.

Google's clients retry for minutes and look for credentials for a quarter of one. A command
asks here first, before it loads them.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import google.auth
from google.auth.exceptions import GoogleAuthError

from titanic_mlops.adapters.gcp.timing import ACCESS_SECONDS
from titanic_mlops.errors import Unavailable

T = TypeVar("T")
PORTS = {"https": 443, "http": 80}
REQUEST = b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"


def require_access(addresses: Sequence[str], *, credentials: bool) -> None:
    """Ask each service for an answer and look for credentials, all at once.

    Raises:
        Unavailable: naming the services that did not answer, or there are no credentials.
    """
    logging.getLogger("google.auth").setLevel(logging.ERROR)  # it warns of each attempt
    asked: list[Callable[[], object]] = [partial(_fault, address) for address in addresses]
    *tried, found = _results([*asked, google.auth.default if credentials else lambda: True])
    _require_answers(addresses, tried)
    if not found:
        raise Unavailable(
            "No credentials for Google Cloud were found; run `gcloud auth application-default "
            "login`, or use --platform local."
        )


def _require_answers(addresses: Sequence[str], tried: Sequence[object]) -> None:
    faults = list[str]()
    for address, fault in zip(addresses, tried, strict=True):
        if fault != "":
            faults.append(f"{address.rpartition('/')[2]} ({fault or 'no answer'})")
    if faults:
        raise Unavailable(
            f"Google Cloud cannot be reached: {', '.join(faults)}; check the network, or use "
            "--platform local."
        )


def _fault(address: str) -> str:
    """Return why a service sends no response; "" if it sends any, an error included.

    The kernel accepts a connection for a process that hangs, so a request is sent as well.
    """
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if getproxies().keys() & {parts.scheme, "all"} and not proxy_bypass(parts.hostname or ""):
        return ""  # a proxy connects in our place
    port = parts.port or PORTS.get(parts.scheme, 443)
    try:
        with _connected(parts.hostname or "", port, encrypted=parts.scheme == "https") as service:
            service.sendall(REQUEST % (parts.hostname or "").encode())
            service.recv(1)  # a closed connection is an answer too: gRPC refuses HTTP/1.1
    except (ssl.SSLError, ConnectionResetError):
        return ""
    except OSError as error:
        return error.strerror or "no answer"
    return ""


def _connected(host: str, port: int, *, encrypted: bool) -> socket.socket:
    connection = socket.create_connection((host, port), ACCESS_SECONDS)
    if not encrypted:
        return connection
    context = ssl.create_default_context()
    # Google's clients check the certificate; nothing private is sent here.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connection, server_hostname=host)


def _results(calls: Sequence[Callable[[], T]]) -> list[T | None]:
    """Return the results of calls at once, None for one that failed or did not end in time.

    The search for a name, or for a server that does not answer, takes no bound of ours.
    """
    results: list[T | None] = [None] * len(calls)

    def run(place: int) -> None:
        with suppress(GoogleAuthError):
            results[place] = calls[place]()

    threads = [Thread(target=run, args=(place,), daemon=True) for place in range(len(calls))]
    until = time.monotonic() + ACCESS_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))
    return list(results)
