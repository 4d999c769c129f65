"""How long the platforms wait, in seconds: every interval in one place."""

PUBLISH_SECONDS = 30.0
"""Publishing one message, retries included."""
RECORD_SECONDS = 0.4
"""One attempt to publish a prediction's record: three and their pauses stay below 2 s."""

# A command that waits for a file
POLL_SECONDS = 0.05
"""Locally, between two looks at the queue."""
CLOUD_POLL_SECONDS = 0.5
"""On Google Cloud, between two reads of the ledger."""
DEAD_LETTER_SECONDS = 10.0
"""On Google Cloud, between two queries of the dead letters: each costs a query of 10 MB."""
STALLED_SECONDS = 3600.0
"""On Google Cloud, how long a file may stay in one state; its message may be redelivered later."""

# Cloud Storage
STORAGE_SECONDS = 2.0
"""Lower bound of one request's patience: an object takes longer than a message."""

# Deliveries of the local queue
RETRY_SECONDS = 1.0
"""Before a redelivery, where a command waits."""
WORKER_RETRY_SECONDS = (1.0, 5.0, 25.0, 125.0)
"""Before each redelivery, in the worker: five deliveries outlast an outage of minutes."""

# The worker of `up`
IDLE_SECONDS = 0.05
"""Between two looks at an empty queue."""
LANDING_SECONDS = 0.25
"""Between two looks at the landing folder."""
STRAY_SECONDS = 1.0
"""Between two looks for files that nothing reads."""
SETTLE_SECONDS = 3.0
"""A file written in place is complete when it has not changed for so long."""
TICK_SECONDS = 0.05
"""A file that changed within this time is looked at later: disks count time in steps of 10 ms."""
SWEEP_SECONDS = 15.0
"""Between two sweeps for unfinished files and spooled records."""
TROUBLE_SECONDS = 1.0
"""After an error, before the next attempt."""
REPORT_SECONDS = 2.0
"""Between two log lines about stored predictions."""

# The server of `up`
ANSWER_SECONDS = 1.0
"""How long a command waits for its port to take a connection."""
CHAMPION_SECONDS = 1.0
"""Between two looks at the champion: here a look costs no more than a file's time."""

# The parent process of `up`
WATCH_SECONDS = 0.05
"""Between two looks at the children."""
HANDOVER_SECONDS = 5.0
"""How long the children of a killed `up` may keep the port."""
DRAIN_SECONDS = 30.0
"""How long a child may take to finish after SIGTERM."""
STABLE_SECONDS = 5.0
"""A child that dies sooner is restarted after twice the last pause."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 5.0
"""Before a restart."""
