"""CORS: which origins may read a response, and what a preflight request allows."""

from __future__ import annotations

from collections.abc import Collection

from titanic_mlops.web.request import Scope
from titanic_mlops.web.responses import Headers

EXPOSE_HEADERS = (b"access-control-expose-headers", b"Allow, Retry-After")
ALLOW_ANY_ORIGIN: Headers = ((b"access-control-allow-origin", b"*"), EXPOSE_HEADERS)
ALLOW_HEADERS = (
    *("Content-Type", "Idempotency-Key"),
    *("traceparent", "tracestate", "baggage"),  # W3C, OpenTelemetry
    *("b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-Flags"),
    *("X-Cloud-Trace-Context", "X-Amzn-Trace-Id", "uber-trace-id", "elastic-apm-traceparent"),
    *("sentry-trace", "newrelic", "X-Request-Id", "X-Correlation-Id"),
    *(f"x-datadog-{name}" for name in ("trace-id", "parent-id", "origin", "sampling-priority")),
)
"""Which headers a page may add: those of the service, and those that tracing libraries add."""
PREFLIGHT_HEADERS: Headers = (
    (b"access-control-allow-headers", ", ".join(ALLOW_HEADERS).encode()),
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
