"""How long the local adapters wait for other processes, in seconds."""

LOCK_SECONDS = 30.0
"""For the lock of a folder of objects."""
QUEUE_SECONDS = 30.0
"""By default, for the queue's file."""
WAREHOUSE_SECONDS = 60.0
"""By default, for the file of the tables."""
LEASE_SECONDS = 600.0
"""The longest time that a step may take before its message is redelivered."""
