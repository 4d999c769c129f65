"""How long the Google Cloud adapters wait, in seconds."""

PATIENCE_SECONDS = 60.0
"""Default upper bound of one request to Cloud Storage or Pub/Sub, its retries included."""
ACCESS_SECONDS = 3.0
"""A command's first request to each service, and its search for credentials meanwhile: so that it
fails within 5 s of its start."""
REQUEST_SECONDS = 15.0
"""One request to BigQuery: longest silence, and longest time of its retries; at most twice this."""
STATEMENT_SECONDS = 120.0
"""One statement or load job of BigQuery."""
TABLE_LEASE_SECONDS = 2 * REQUEST_SECONDS + 2 * REQUEST_SECONDS + STATEMENT_SECONDS + 20
"""Upper bound: create the lease (2 requests), submit (2 requests), run (statement), 20 s more."""
WRITER_SECONDS = TABLE_LEASE_SECONDS + 50
"""How long a writer waits for a table: longer than the lease of a crashed writer lasts."""
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.05, 1.0
"""Pauses between two attempts to take a lease."""
