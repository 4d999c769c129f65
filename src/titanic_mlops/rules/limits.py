"""Every limit of the HTTP service: sizes, counts, and seconds until it stops waiting."""

from __future__ import annotations

MAX_BODY_BYTES = 64 * 1024
"""A larger body of a request is answered 413."""
MAX_HEAD_BYTES = 64 * 1024
"""A longer request line with its headers is answered 431."""
MAX_TRAILER_BYTES = 8 * 1024
"""More bytes of trailers behind a body in chunks are answered 431."""
MAX_DEPTH_LEVELS = 32
"""Nested objects and lists of a JSON document; a deeper one is answered 400."""
MAX_INSTANCES = 1_000
"""Records of one batch."""
MAX_FAULTS = 100
"""Faults named in one response; a request with more of them is not a typing error."""
IDEMPOTENCY_KEY = r"^[!-~]{1,255}$"
"""Printable ASCII without a space."""

MAX_PENDING_REQUESTS = 1024
"""Predictions that one process works on at once; a further request is answered 429."""
MAX_PENDING_ROWS = 10_000
"""Records of all pending batches of one process; a further batch is answered 429."""
SLICE_RECORDS = 25
"""Records of a batch that are computed in a row before other requests get a turn."""
MAX_REMEMBERED_PREDICTIONS = 10_000
"""Responses kept for a repeated Idempotency-Key, counted in predictions."""

HEAD_SECONDS = 10
"""Time for the head of a request, and for the first request of a connection."""
BODY_SECONDS = 10.0
"""Time for the body of a request; a later one is answered 408."""
PENDING_RETRY_SECONDS = 1
"""What `Retry-After` says with 429."""
UNAVAILABLE_RETRY_SECONDS = 5
"""What `Retry-After` says with 503."""
STARTUP_SECONDS = 5.0
"""Time for loading the model before the first request; the server starts without it after that."""
DRAIN_SECONDS = 15
"""Time for pending requests to end after SIGTERM."""

DISCARD_SECONDS = 10
"""Time in which the rest of a request is read and discarded after its response."""
DISCARD_IDLE_SECONDS = 2
"""The same, since the last byte came: nginx's `lingering_timeout`, shorter."""
MAX_DISCARDED_BYTES = 16 * 1024 * 1024
"""How much is read and discarded after a response; more of it resets the connection."""
