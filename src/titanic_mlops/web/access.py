"""Who may use this server: pages of some origins, requests that name it by some hosts.

A foreign page can make its own name resolve to 127.0.0.1 (DNS rebinding). For the browser it then
has the same origin as this server, whatever CORS says. Its requests still carry its name as Host.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from titanic_mlops.web.request import Scope
from titanic_mlops.web.responses import HTTPProblem

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\s:\[\]/@]+))(?::[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Access:
    """Pages of `origins` may read responses, requests must name one of `hosts`; empty: any."""

    origins: Collection[str] = ()
    hosts: Collection[str] = ()


ANYONE = Access()


def require_host(scope: Scope, allowed_hosts: Collection[str]) -> None:
    """Require that a request names one of `allowed_hosts`, if any, with any port or none.

    HTTP/1.0 has no Host, and no browser speaks it.

    Raises:
        HTTPProblem: 400 for no Host or two, 421 for another one.
    """
    if not allowed_hosts:
        return
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts and scope.get("http_version") == "1.0":
        return
    if len(hosts) != 1:
        raise HTTPProblem(HTTPStatus.BAD_REQUEST, "The request must have one header Host.")
    found = _HOST.fullmatch(hosts[0].decode("latin-1").lower())
    if not found or (found["address"] or found["name"]) not in allowed_hosts:
        raise HTTPProblem(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This server does not answer for the host that the request names; "
            f"use {LOOPBACK_HOSTS[0]} or localhost, or add the host to ALLOWED_HOSTS.",
        )
