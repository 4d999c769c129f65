"""CORS: which origins may read a response, and what a preflight request allows."""

from __future__ import annotations

from collections.abc import Collection

from titanic_mlops.web.request import Scope
from titanic_mlops.web.responses import Headers

EXPOSE_HEADERS = (b"access-control-expose-headers", b"Allow, Retry-After")
ALLOW_ANY_ORIGIN: Headers = ((b"access-control-allow-origin", b"*"), EXPOSE_HEADERS)
PREFLIGHT_HEADERS: Headers = (
    (b"access-control-allow-headers", b"Content-Type, Idempotency-Key"),
    (b"access-control-max-age", b"86400"),
)


def cors_headers(scope: Scope, allowed_origins: Collection[str]) -> Headers:
    """Return the CORS headers of a response; without `allowed_origins`, any origin may read it."""
    if not allowed_origins:
        return ALLOW_ANY_ORIGIN
    vary = (b"vary", b"Origin")
    origin: bytes = next((value for name, value in scope["headers"] if name == b"origin"), b"")
    if origin.decode("latin-1") not in allowed_origins:
        return (vary,)
    return ((b"access-control-allow-origin", origin), EXPOSE_HEADERS, vary)


def preflight_headers(allow: bytes) -> Headers:
    """Return the headers of the response to OPTIONS; `allow` lists the methods of the path."""
    return ((b"allow", allow), (b"access-control-allow-methods", allow), *PREFLIGHT_HEADERS)
