"""Which pages of other origins may read an answer (CORS)."""

from __future__ import annotations

from collections.abc import Collection

from titanic_mlops.web.request import Scope
from titanic_mlops.web.responses import Headers

EXPOSED = (b"access-control-expose-headers", b"Allow, Retry-After")
ANY_ORIGIN: Headers = ((b"access-control-allow-origin", b"*"), EXPOSED)
PREFLIGHT: Headers = (
    (b"access-control-allow-headers", b"Content-Type, Idempotency-Key"),
    (b"access-control-max-age", b"86400"),
)


def cross_origin(scope: Scope, allowed: Collection[str]) -> Headers:
    """Return what lets a page read the answer: every page, unless some origins are named."""
    if not allowed:
        return ANY_ORIGIN
    varies = (b"vary", b"Origin")
    origin: bytes = next((value for name, value in scope["headers"] if name == b"origin"), b"")
    if origin.decode("latin-1") not in allowed:
        return (varies,)
    return ((b"access-control-allow-origin", origin), EXPOSED, varies)
