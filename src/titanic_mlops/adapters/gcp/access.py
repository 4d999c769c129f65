"""Whether a command can reach Google Cloud at all, known within seconds.

Google's clients retry for minutes and look for credentials for a quarter of one. A command
asks here first, before it loads them.
"""

from __future__ import annotations

import logging
import socket
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

from titanic_mlops.adapters.gcp.timing import CONNECT_SECONDS, CREDENTIALS_SECONDS
from titanic_mlops.errors import Unavailable

T = TypeVar("T")
PORTS = {"https": 443, "http": 80}


def require_services(addresses: Sequence[str]) -> None:
    """Connect to each service, all at once.

    Raises:
        Unavailable: naming those that did not accept a connection.
    """
    faults = list[str]()
    tried = _results(CONNECT_SECONDS, [partial(_fault, address) for address in addresses])
    for address, fault in zip(addresses, tried, strict=True):
        if fault != "":
            faults.append(f"{address.rpartition('/')[2]} ({fault or 'no answer'})")
    if faults:
        raise Unavailable(
            f"Google Cloud cannot be reached: {', '.join(faults)}; check the network, or use "
            "--platform local."
        )


def require_credentials() -> None:
    """Look for the credentials that Google's clients use.

    Raises:
        Unavailable: there are none.
    """
    logging.getLogger("google.auth").setLevel(logging.ERROR)  # it warns of each attempt
    (found,) = _results(CREDENTIALS_SECONDS, [google.auth.default])
    if not found:
        raise Unavailable(
            "No credentials for Google Cloud were found; run `gcloud auth application-default "
            "login`, or use --platform local."
        )


def _fault(address: str) -> str:
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if getproxies().keys() & {parts.scheme, "all"} and not proxy_bypass(parts.hostname or ""):
        return ""  # a proxy connects in our place
    port = parts.port or PORTS.get(parts.scheme, 443)
    try:
        socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS).close()
    except OSError as error:
        return error.strerror or "no answer"
    return ""


def _results(seconds: float, calls: Sequence[Callable[[], T]]) -> list[T | None]:
    """Return the results of calls at once, None for one that failed or did not end in time.

    The search for a name, or for a server that does not answer, takes no bound of ours.
    """
    results: list[T | None] = [None] * len(calls)

    def run(place: int) -> None:
        with suppress(GoogleAuthError):
            results[place] = calls[place]()

    threads = [Thread(target=run, args=(place,), daemon=True) for place in range(len(calls))]
    until = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))
    return list(results)
