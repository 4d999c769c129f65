"""How long the local adapters wait for other processes, in seconds."""

LOCK_SECONDS = 30.0
"""For the lock of a folder of objects."""
QUEUE_SECONDS = 30.0
"""By default, for the queue's file."""
WAREHOUSE_SECONDS = 60.0
"""By default, for another process of the platform that uses the file of the tables."""
READER_SECONDS = 10.0
"""For another program that has the file of the tables open; shorter than a worker may take to
end."""
NOTICE_SECONDS = 1.0
"""After which a wait is logged."""
NOTICE_AGAIN_SECONDS = 60.0
"""Between two log lines about the same file."""
LOOK_SECONDS = 120.0
"""A user's SELECT on a copy: as long as a statement may take on BigQuery."""
LEASE_SECONDS = 600.0
"""The longest time that a step may take before its message is redelivered."""
